"""What a threshold does: photographs called FAKE, and fakes called REAL, counted on a detector's test."""

from dataclasses import dataclass

from pipeline.asking.scored_test import ScoredTest
from pipeline.evaluation.metrics import call, wilson
from pipeline.storage.labels import Label


@dataclass(frozen=True, slots=True)
class Proportion:
    """So many pictures of all, the part that they are, and its 95% interval."""

    count: int
    of: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ThresholdCounts:
    """What comes of a threshold: ``alarms`` are photographs called FAKE, ``missed`` fakes called REAL."""

    threshold: float
    alarms: Proportion
    missed: Proportion
    right: Proportion


def cut_at(test: ScoredTest, threshold: float) -> ThresholdCounts:
    """Call a test at another threshold than its own."""
    called, labels = call(test.scores, threshold), test.labels
    wrong, of_real, of_fake = called != labels, labels == Label.REAL, labels == Label.FAKE
    return ThresholdCounts(
        threshold,
        _share(int((wrong & of_real).sum()), int(of_real.sum())),
        _share(int((wrong & of_fake).sum()), int(of_fake.sum())),
        _share(int((~wrong).sum()), len(labels)),
    )


def _share(count: int, of: int) -> Proportion:
    return Proportion(count, of, count / of, *wilson(count, of))
