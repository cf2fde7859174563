"""Figures of a binary detector, FAKE being the positive class, scikit-learn's wherever it has them."""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import metrics

from pipeline.storage.labels import Label

#: Of the normal distribution: 95% lie within so many deviations of its mean.
Z95 = 1.959963984540054


def wilson(right: float, count: int) -> tuple[float, float]:
    """Return Wilson's 95% interval of a share: it stays within 0..1 and holds for few pictures too.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).

    >>> [round(bound, 4) for bound in wilson(95, 100)]
    [0.8882, 0.9785]
    """
    share, z2 = right / count, Z95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z95 / (1 + z2 / count) * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def call(scores: NDArray[np.floating[Any]], threshold: float) -> NDArray[np.int8]:
    """Call each score REAL (0), or FAKE (1) from the threshold on."""
    # In 64 bits, as the threshold is: in 32 it might be rounded to the score next to it.
    return (scores.astype(np.float64) >= threshold).astype(np.int8)


def measure(predictions: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """Measure predictions of both classes: rows of ``label`` and ``score``."""
    labels, scores = predictions["label"].to_numpy(), predictions["score"].to_numpy()
    called = call(scores, threshold)
    names = [label.name for label in Label]
    report = metrics.classification_report(labels, called, target_names=names, output_dict=True, zero_division=0.0)
    report.pop("accuracy")
    return {
        "threshold": threshold,
        **count_right(predictions, threshold),
        "balanced_accuracy": float(metrics.balanced_accuracy_score(labels, called)),
        "precision": float(metrics.precision_score(labels, called, zero_division=0.0)),
        "recall": float(metrics.recall_score(labels, called)),
        "f1": float(metrics.f1_score(labels, called)),
        "mcc": float(metrics.matthews_corrcoef(labels, called)),
        "confusion": _confusion(labels, called),
        "classification_report": report,
    }


def measure_without_repeats(predictions: pd.DataFrame, threshold: float) -> dict[str, dict[str, float]]:
    """Measure the whole test, and the test without duplicates, by ``repeats_test`` and ``repeats_train`` of its rows.

    ``each picture once`` leaves out what repeats another test picture; ``none in the original train`` leaves out
    besides what the data set's own train repeats, so that it compares with detectors that were trained on that.
    """
    once = predictions[~predictions["repeats_test"]]
    parts = {
        "whole test": predictions,
        "each picture once": once,
        "none in the original train": once[~once["repeats_train"]],
    }
    return {name: count_right(rows, threshold) for name, rows in parts.items() if len(rows)}


def measure_mirrored(predictions: pd.DataFrame, threshold: float) -> dict[str, float]:
    """Measure what another look is worth: rows of ``score_mirrored``, the mean over a picture and its mirror image.

    It takes twice the time, and is no detector's own figure.
    """
    return count_right(predictions.assign(score=predictions["score_mirrored"]), threshold)


def count_right(rows: pd.DataFrame, threshold: float) -> dict[str, float]:
    """Count pictures by class, and give the accuracy with its 95% interval."""
    labels = rows["label"].to_numpy()
    right = int((call(rows["score"].to_numpy(), threshold) == labels).sum())
    low, high = wilson(right, len(rows))
    return {
        "pictures": len(rows),
        "real": int((labels == Label.REAL).sum()),
        "fake": int((labels == Label.FAKE).sum()),
        "accuracy": right / len(rows),
        "accuracy_low": low,
        "accuracy_high": high,
    }


def _confusion(labels: NDArray[np.int8], called: NDArray[np.int8]) -> dict[str, int]:
    (true_real, false_fake), (false_real, true_fake) = metrics.confusion_matrix(labels, called, labels=list(Label))
    return {
        "true_real": int(true_real),
        "false_fake": int(false_fake),
        "false_real": int(false_real),
        "true_fake": int(true_fake),
    }
