"""How a detector's scores turned out on its test: what a score means, and what a threshold does."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.evaluation.metrics import call, wilson
from pipeline.storage.labels import Label
from pipeline.storage.tables import read_table

FILE = "predictions.parquet"

#: A score is judged by the test pictures that scored most alike: a twentieth of them, within these bounds.
SHARE, FEWEST, MOST = 20, 20, 200


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The test pictures whose scores are nearest to one: how many, and the share of FAKE with its 95% interval.

    The classes weigh alike, however many of each the test held.
    """

    count: int
    fake: float
    fake_low: float
    fake_high: float


@dataclass(frozen=True, slots=True)
class ScoredTest:
    """A detector's test: scores in rising order, their labels, and the threshold in use."""

    scores: NDArray[np.float64]
    labels: NDArray[np.int8]
    threshold: float

    @classmethod
    def read(cls, results: Path, threshold: float) -> Self:
        """Read what ``evaluate`` wrote of the test into a recipe's folder.

        Raises:
            StageMissingError: it has not run.
        """
        columns = read_table(results / FILE, f"evaluate@{results.name}", ["score", "label"])
        table: pd.DataFrame = columns.to_pandas().sort_values(["score", "label"])
        return cls(table["score"].to_numpy(np.float64), table["label"].to_numpy(np.int8), threshold)

    def call(self, score: float) -> Label:
        """Return the class of a score at the threshold."""
        return Label(int(call(np.array([score]), self.threshold)[0]))

    def neighbours(self, score: float) -> Neighbours:
        """Look up how the test pictures turned out that scored most alike."""
        count = min(len(self.scores), int(np.clip(len(self.scores) // SHARE, FEWEST, MOST)))
        place = int(np.searchsorted(self.scores, score))
        start = int(np.clip(place - count // 2, 0, len(self.scores) - count))
        fake = self._share_of_fake(self.labels[start : start + count])
        return Neighbours(count, fake, *wilson(fake * count, count))

    def error_rates(self) -> tuple[float, float]:
        """Compute the false-positive rate and the false-negative rate at the threshold."""
        called = call(self.scores, self.threshold)
        false_positives = called[self.labels == Label.REAL] == Label.FAKE
        false_negatives = called[self.labels == Label.FAKE] == Label.REAL
        return float(false_positives.mean()), float(false_negatives.mean())

    def _share_of_fake(self, labels: NDArray[np.int8]) -> float:
        """Compute the share of FAKE among labels as if the test held as many pictures of one class as of the other."""
        of_class = np.bincount(self.labels, minlength=2)
        real, fake = np.bincount(labels, minlength=2) / np.maximum(of_class, 1)
        return float(fake / (real + fake))
