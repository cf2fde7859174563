"""Figures with intervals that stay wide where a small test holds no error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1%} (95% interval: {self.low:.1%} to {self.high:.1%})"


def balanced_accuracy(figures: Figures) -> Estimate:
    """Compute the mean of both classes' recalls with its 95% interval.

    From Wilson's interval of each, so that it stays wide where a small test holds no error: MOVER, Newcombe,
    "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998).
    """
    confusion = figures["confusion"]
    real = estimate_share(confusion["true_real"], confusion["true_real"] + confusion["false_fake"])
    fake = estimate_share(confusion["true_fake"], confusion["true_fake"] + confusion["false_real"])
    return estimate_mean(real, fake)


def estimate_share(count: float, of: int) -> Estimate:
    """Estimate a share with Wilson's interval."""
    from pipeline.evaluation.metrics import wilson

    return Estimate(count / of, *wilson(count, of))


def estimate_mean(first: Estimate, second: Estimate) -> Estimate:
    """Estimate the mean of two independent figures."""
    value = (first.value + second.value) / 2
    below = math.hypot(first.value - first.low, second.value - second.low) / 2
    above = math.hypot(first.high - first.value, second.high - second.value) / 2
    return Estimate(value, value - below, value + above)
