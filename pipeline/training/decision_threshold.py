"""From which score on a picture is called FAKE: by the recipe's rule, on validation pictures."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from pipeline.training.train_settings import Decision

Scores = NDArray[np.floating[Any]]
Labels = NDArray[np.int8]

#: Half-way between it and 1 lies what is more than 1 in 32 bits, too.
ABOVE_ALL = 1 + 4e-7


def choose_threshold(labels: Labels, score: Callable[[], Scores], decision: Decision) -> float:
    """Choose the threshold: scores from it on are FAKE. A fixed one asks for no scores.

    >>> labels, scores = np.array([0, 0, 0, 1, 1]), np.array([0.1, 0.2, 0.6, 0.7, 0.9])
    >>> round(choose_threshold(labels, lambda: scores, Decision(rule="balanced_accuracy")), 2)
    0.65
    """
    if decision.rule == "fixed":
        return decision.threshold
    return RULES[decision.rule](labels, score().astype(np.float64), decision)


def _balanced_accuracy(labels: Labels, scores: Scores, _: Decision) -> float:
    false_positive, true_positive, cuts = _trace(labels, scores)
    balanced = true_positive - false_positive
    best = np.flatnonzero(balanced >= balanced.max() - 1e-12)
    # Of several that are as good, the most usual.
    return float(min(cuts[best], key=lambda cut: abs(cut - 0.5)))


def _false_positive_rate(labels: Labels, scores: Scores, decision: Decision) -> float:
    false_positive, _, cuts = _trace(labels, scores)
    return float(cuts[false_positive <= decision.at_most].min())


def _trace(labels: Labels, scores: Scores) -> tuple[Scores, Scores, Scores]:
    """Return both rates for every way to cut the scores in two, and the cuts, half-way between neighbours.

    The first cut is above all scores, and above 1 where one of them is 1.
    """
    false_positive, true_positive, highest = roc_curve(labels, scores, drop_intermediate=False)
    upper = np.where(np.isinf(highest), ABOVE_ALL, highest)
    return false_positive, true_positive, (upper + np.append(upper[1:], 0.0)) / 2


RULES: dict[str, Callable[[Labels, Scores, Decision], float]] = {
    "balanced_accuracy": _balanced_accuracy,
    "false_positive_rate": _false_positive_rate,
}
