"""Where to draw the line: what a detector finds at a bearable rate of false alarms, and thresholds set beforehand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from pipeline.parts.fitting import Decision
from pipeline.parts.labels import Label
from pipeline.training.threshold import choose_threshold

Labels = NDArray[np.int8]
Array = NDArray[np.floating[Any]]

#: Rates of false alarms at which detectors are compared.
FALSE_POSITIVE_RATES = (0.1, 0.05, 0.01, 0.001)

#: Thresholds that are set on validation and then kept, by the names under which they are reported.
FROZEN = {
    "half": Decision(),
    "false_positive_rate_1%": Decision(rule="false_positive_rate", at_most=0.01),
    "best_balanced_accuracy": Decision(rule="balanced_accuracy"),
}

#: Intervals come from so many redrawings of the test.
REDRAWN = 200


def equal_error_rate(labels: Labels, scores: Array) -> float:
    """Find the rate at which as many photographs are called fake as fakes are missed."""
    false_positive, true_positive, _ = roc_curve(labels, scores)
    missed = 1 - true_positive
    crossing = int(np.argmax(false_positive >= missed))
    # The curve is a line between its corners.
    gap = (missed - false_positive)[[max(crossing - 1, 0), crossing]]
    part = gap[0] / (gap[0] - gap[1]) if gap[0] != gap[1] else 0.0
    return float(np.interp(part, [0, 1], false_positive[[max(crossing - 1, 0), crossing]]))


def recall_at(labels: Labels, scores: Array, rate: float) -> float:
    """Tell the part of fakes found when at most ``rate`` of the photographs are called fake."""
    false_positive, true_positive, _ = roc_curve(labels, scores, drop_intermediate=False)
    return float(true_positive[false_positive <= rate].max())


def freeze_thresholds(labels: Labels, scores: Array) -> dict[str, float]:
    """Set the thresholds under which tests are reported: on the clean validation pictures, never on a test."""
    return {name: choose_threshold(labels, lambda: scores, decision) for name, decision in FROZEN.items()}


def redraw(labels: Labels, seed: int) -> NDArray[np.int64]:
    """Redraw a test ``REDRAWN`` times with replacement, each class by itself: indexes, (REDRAWN, n)."""
    random = np.random.default_rng(seed)
    drawn = [
        random.choice(rows, (REDRAWN, len(rows))) for label in Label if len(rows := np.flatnonzero(labels == label))
    ]
    return np.concatenate(drawn, axis=1)
