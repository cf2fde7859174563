"""Where to draw the line: recall at a bearable false-positive rate, and thresholds set beforehand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from pipeline.evaluation.metrics import call
from pipeline.storage.labels import Label
from pipeline.training.decision_threshold import choose_threshold
from pipeline.training.train_settings import Decision

Labels = NDArray[np.int8]
Array = NDArray[np.floating[Any]]

#: False-positive rates at which detectors are compared.
RATES = (0.1, 0.05, 0.01, 0.001)

#: Thresholds that are set on validation and then kept, by the names under which they are reported.
FROZEN = {
    "half": Decision(),
    "false_positive_rate_1%": Decision(rule="false_positive_rate", at_most=0.01),
    "best_balanced_accuracy": Decision(rule="balanced_accuracy"),
}

#: Intervals come from so many redrawings of the test.
REDRAWN = 200


def equal_error_rate(labels: Labels, scores: Array) -> float:
    """Find the rate at which the false-positive and the false-negative rate are equal."""
    false_positive, true_positive, _ = roc_curve(labels, scores)
    missed = 1 - true_positive
    crossing = int(np.argmax(false_positive >= missed))
    # The curve is a line between its corners.
    gap = (missed - false_positive)[[max(crossing - 1, 0), crossing]]
    part = gap[0] / (gap[0] - gap[1]) if gap[0] != gap[1] else 0.0
    return float(np.interp(part, [0, 1], false_positive[[max(crossing - 1, 0), crossing]]))


def recall_at(labels: Labels, scores: Array, rate: float) -> float:
    """Compute the recall at a false-positive rate of at most ``rate``."""
    false_positive, true_positive, _ = roc_curve(labels, scores, drop_intermediate=False)
    return float(true_positive[false_positive <= rate].max())


def freeze_thresholds(labels: Labels, scores: Array) -> dict[str, float]:
    """Set the thresholds under which tests are reported: on the clean validation pictures, never on a test."""
    return {name: choose_threshold(labels, lambda: scores, decision) for name, decision in FROZEN.items()}


def measure_at(labels: Labels, scores: Array, threshold: float) -> dict[str, float]:
    """Measure what a user of one threshold gets."""
    fake, called = labels == Label.FAKE, call(scores, threshold) == Label.FAKE
    recall, false_positive = float(called[fake].mean()), float(called[~fake].mean())
    return {
        "threshold": threshold,
        "accuracy": float((called == fake).mean()),
        "balanced_accuracy": (recall + 1 - false_positive) / 2,
        "recall": recall,
        "false_positive_rate": false_positive,
    }


def measure_ranking(labels: Labels, scores: Array) -> dict[str, float]:
    """Measure how well scores part the classes, whatever the threshold: ROC-AUC, average precision and others."""
    recalls = {f"recall_at_{rate:.1%}_false_positives": recall_at(labels, scores, rate) for rate in RATES}
    return {
        "roc_auc": float(roc_auc_score(labels, scores)),
        "average_precision": float(average_precision_score(labels, scores)),
        "equal_error_rate": equal_error_rate(labels, scores),
        **recalls,
    }


def bound_ranking(labels: Labels, scores: Array, seed: int) -> dict[str, list[float]]:
    """Return the 95% intervals of ``measure_ranking``: of ``REDRAWN`` redrawings of the test, each class by itself."""
    random = np.random.default_rng(seed)
    classes = [np.flatnonzero(labels == label) for label in Label]
    redrawn = []
    for _ in range(REDRAWN):
        rows = np.concatenate([random.choice(rows, len(rows)) for rows in classes])
        redrawn.append(measure_ranking(labels[rows], scores[rows]))
    return {
        name: [float(bound) for bound in np.quantile([figures[name] for figures in redrawn], [0.025, 0.975])]
        for name in redrawn[0]
    }
