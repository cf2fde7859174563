"""Whether a score of 0.9 is right nine times in ten, and the one number that mends it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from pipeline.storage.labels import Label

Array = NDArray[np.floating[Any]]

#: As in the field's tables.
BINS = 15

#: A score of exactly 0 or 1 has no logit.
LEAST = 1e-7


def fit_temperature(labels: NDArray[np.int8], scores: Array) -> float:
    """Find the temperature by which logits are to be divided so that the likelihood of the labels is highest.

    Guo et al., "On calibration of modern neural networks", ICML 2017. Above 1, the model was too sure.
    """
    logits = logit(np.clip(scores.astype(np.float64), LEAST, 1 - LEAST))

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(labels, expit(logits / np.exp(log_temperature)))

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def temper(scores: Array, temperature: float) -> Array:
    """Divide the logits of scores by a temperature.

    >>> temper(np.array([0.5, 0.9]), 2.0).round(2).tolist()
    [0.5, 0.75]
    """
    tempered: Array = expit(logit(np.clip(scores.astype(np.float64), LEAST, 1 - LEAST)) / temperature)
    return tempered


def negative_log_likelihood(labels: NDArray[np.int8], scores: Array) -> float:
    """Average the negative log likelihood of the labels, in nats."""
    likely = np.where(labels == Label.FAKE, scores, 1 - scores.astype(np.float64))
    return float(-np.log(np.clip(likely, LEAST, 1.0)).mean())


def brier_score(labels: NDArray[np.int8], scores: Array) -> float:
    """Average the squared distance of scores from the labels."""
    return float(((scores - labels) ** 2).mean())


def reliability(labels: NDArray[np.int8], scores: Array) -> list[dict[str, float]]:
    """Cut the scores into 15 equal bins, both classes weighing alike: of each that is not empty, what was said and is.

    ``weight`` is the bin's part of all, ``said`` its mean score, ``is`` the part of FAKE in it.
    """
    counts = np.bincount(labels, minlength=2)
    weights = (0.5 / np.maximum(counts, 1))[labels]
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    weight = np.bincount(bins, weights, BINS)
    said, fake = np.bincount(bins, weights * scores, BINS), np.bincount(bins, weights * labels, BINS)
    return [
        {"weight": float(weight[i]), "said": float(said[i] / weight[i]), "is": float(fake[i] / weight[i])}
        for i in np.flatnonzero(weight)
    ]


def expected_calibration_error(labels: NDArray[np.int8], scores: Array) -> float:
    """Average over the bins of ``reliability`` how far what is said is from what is."""
    return sum(row["weight"] * abs(row["said"] - row["is"]) for row in reliability(labels, scores))


def measure_calibration(labels: NDArray[np.int8], scores: Array, temperature: float | None) -> dict[str, Any]:
    """Measure how far scores can be taken at their word, as they are and at a temperature fitted on validation.

    Without validation there is no temperature, and no ``after``.
    """
    measured: dict[str, Any] = {"before": _measure(labels, scores.astype(np.float64))}
    if temperature is not None:
        tempered = _measure(labels, temper(scores, temperature))
        measured = {"temperature": temperature, **measured, "after": tempered}
    return {**measured, "reliability": reliability(labels, scores.astype(np.float64))}


def _measure(labels: NDArray[np.int8], scores: Array) -> dict[str, float]:
    return {
        "negative_log_likelihood": negative_log_likelihood(labels, scores),
        "brier_score": brier_score(labels, scores),
        "expected_calibration_error": expected_calibration_error(labels, scores),
    }
