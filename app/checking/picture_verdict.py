"""What a score means, in words that claim no more than the test of its detector bears out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.evaluation.metrics import call, wilson
from pipeline.storage.labels import Label

Certainty = Literal["very likely", "probably", "cannot tell"]

#: How sure the test must let us be of a word: the lower end of the 95% interval.
SURE: tuple[tuple[float, Certainty], ...] = ((0.95, "very likely"), (0.8, "probably"))

#: A score is judged by the test pictures that scored most alike: a twentieth of them, within these bounds.
SHARE, FEWEST, MOST = 20, 20, 200

#: What people read for each class.
NAMES = {Label.REAL: "a photograph", Label.FAKE: "AI-generated"}


@dataclass(frozen=True, slots=True)
class PictureVerdict:
    """What a detector says of a picture, and how far that can be trusted.

    ``called`` is the class at the detector's ``threshold``. ``similar`` test pictures scored most alike; ``fake`` of
    them, both classes weighing alike, are FAKE, with the 95% interval ``fake_low`` to ``fake_high``.
    """

    score: float
    threshold: float
    called: Label
    similar: int
    fake: float
    fake_low: float
    fake_high: float
    certainty: Certainty
    words: str


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """How a detector did on its test: scores in rising order, their labels, and the threshold it was tested with."""

    scores: NDArray[np.float64]
    labels: NDArray[np.int8]
    threshold: float

    @classmethod
    def read(cls, predictions: Path, threshold: float) -> Self:
        """Read what ``evaluate`` wrote of its test."""
        table = pd.read_parquet(predictions, columns=["score", "label"]).sort_values(["score", "label"])
        return cls(table["score"].to_numpy(np.float64), table["label"].to_numpy(np.int8), threshold)

    def judge(self, score: float) -> PictureVerdict:
        """Turn P(FAKE) into a verdict.

        The certainty comes from how the test pictures of about this score turned out, so it holds whatever the
        network's own sense of certainty is, and a small test never makes anybody sure.
        """
        similar = self._similar(score)
        fake = self._share(similar)
        low, high = wilson(fake * len(similar), len(similar))
        leaning, sure = (Label.FAKE, low) if fake >= 0.5 else (Label.REAL, 1 - high)
        certainty: Certainty = next((word for least, word in SURE if sure >= least), "cannot tell")
        called = Label(int(call(np.array([score]), self.threshold)[0]))
        words = "This detector cannot tell." if certainty == "cannot tell" else _say(certainty, leaning)
        return PictureVerdict(score, self.threshold, called, len(similar), fake, low, high, certainty, words)

    def alarms(self) -> tuple[float, float]:
        """Give what the threshold does: photographs called FAKE, and fakes missed, as parts of each in the test."""
        called, labels = call(self.scores, self.threshold), self.labels
        false_alarms = float((called[labels == Label.REAL] == Label.FAKE).mean())
        return false_alarms, float((called[labels == Label.FAKE] == Label.REAL).mean())

    def _similar(self, score: float) -> NDArray[np.int8]:
        """Give the labels of the test pictures whose scores stand around a score."""
        count = min(len(self.scores), int(np.clip(len(self.scores) // SHARE, FEWEST, MOST)))
        place = int(np.searchsorted(self.scores, score))
        start = int(np.clip(place - count // 2, 0, len(self.scores) - count))
        return self.labels[start : start + count]

    def _share(self, labels: NDArray[np.int8]) -> float:
        """Tell the part of FAKE among labels as if the test had held as many of one class as of the other."""
        of_class = np.bincount(self.labels, minlength=2)
        real, fake = np.bincount(labels, minlength=2) / np.maximum(of_class, 1)
        return float(fake / (real + fake))


def _say(certainty: Certainty, label: Label) -> str:
    """Put a verdict into a sentence.

    >>> _say("probably", Label.REAL)
    'Probably a photograph.'
    """
    return f"{certainty.capitalize()} {NAMES[label]}."
