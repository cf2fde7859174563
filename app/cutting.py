"""What a threshold does: photographs called FAKE, and fakes called REAL, counted on a detector's test."""

from dataclasses import dataclass

from app.verdict import Experience
from pipeline.evaluation.figures import call, wilson
from pipeline.parts.labels import Label


@dataclass(frozen=True, slots=True)
class Share:
    """So many pictures of all, the part that they are, and its 95% interval."""

    count: int
    of: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cut:
    """What comes of a threshold: ``alarms`` are photographs called FAKE, ``missed`` fakes called REAL."""

    threshold: float
    alarms: Share
    missed: Share
    right: Share


def cut_at(experience: Experience, threshold: float) -> Cut:
    """Call a test at another threshold than its own."""
    called, labels = call(experience.scores, threshold), experience.labels
    wrong, of_real, of_fake = called != labels, labels == Label.REAL, labels == Label.FAKE
    return Cut(
        threshold,
        _share(int((wrong & of_real).sum()), int(of_real.sum())),
        _share(int((wrong & of_fake).sum()), int(of_fake.sum())),
        _share(int((~wrong).sum()), len(labels)),
    )


def _share(count: int, of: int) -> Share:
    return Share(count, of, count / of, *wilson(count, of))
