"""Is a picture like those that a detector was trained on? Fitted on these and on validation pictures."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.judgement.file_facts import FileFacts
from pipeline.judgement.picture_storage import PictureStorage
from pipeline.runtime.errors import StageMissingError
from pipeline.storage.files import replacing

FILE = "likeness.npz"

Features = NDArray[np.float32]

#: The share of validation pictures that may count as unlike the others by the network's features.
FALSE_ALARMS = 0.01


@dataclass(frozen=True, slots=True)
class FeatureDistance:
    """Mahalanobis' distance of a picture's features from those of the training pictures, and how large it may be.

    ``whitening`` (m, m) turns centred features into ones of which the squares add up to the squared distance.
    """

    mean: NDArray[np.float64]
    whitening: NDArray[np.float64]
    farthest: float

    @classmethod
    def fit(cls, training: Features, validation: Features) -> Self:
        """Fit the distance on training pictures, (n, m), and ``farthest`` on validation pictures.

        The covariance is shrunk as by Ledoit and Wolf (2004), as there may be fewer pictures than features. Set as in
        split conformal prediction, ``farthest`` lets at least 1 - FALSE_ALARMS of like pictures pass; of fewer than
        that takes validation pictures, all.
        """
        from sklearn.covariance import ledoit_wolf

        mean = training.mean(axis=0, dtype=np.float64)
        # Features that never change say nothing; without a floor they would divide by nothing.
        covariance = ledoit_wolf(training.astype(np.float64))[0] + 1e-9 * np.eye(training.shape[1])
        values, vectors = np.linalg.eigh(covariance)
        whitening = vectors / np.sqrt(np.maximum(values, 1e-9))
        unbounded = cls(mean, whitening, math.inf)
        rank = math.ceil((1 - FALSE_ALARMS) * (len(validation) + 1))
        if rank > len(validation):
            return unbounded
        return cls(mean, whitening, float(np.sort(unbounded.measure(validation))[rank - 1]))

    def measure(self, features: Features) -> NDArray[np.float64]:
        """Measure how far features, (n, m), lie from those of the training pictures: (n,)."""
        distances: NDArray[np.float64] = np.linalg.norm((features - self.mean) @ self.whitening, axis=1)
        return distances


@dataclass(frozen=True, slots=True)
class Likeness:
    """How the pictures of a detector are stored, and what its network makes of them where it can be asked."""

    storage: PictureStorage
    distance: FeatureDistance | None

    @classmethod
    def fit(cls, storage: PictureStorage, training: Features | None, validation: Features | None) -> Self:
        """Fit the features of training and validation pictures, where the network has some."""
        known = training is not None and validation is not None and len(training) > 1
        return cls(storage, FeatureDistance.fit(training, validation) if known else None)  # type: ignore[arg-type]

    def find_odd(self, file: FileFacts, features: Features | None) -> str | None:
        """Describe what sets a picture apart, by its file and its features, (m,); None if nothing does."""
        odd = self.storage.find_odd(file)
        if odd or self.distance is None or features is None or self.is_near(features[np.newaxis])[0]:
            return odd
        return "its contents are unlike theirs to the network"

    def is_near(self, features: Features) -> NDArray[np.bool_]:
        """Return which features, (n, m), are no farther away than those of most validation pictures."""
        if self.distance is None:
            return np.ones(len(features), dtype=bool)
        # The other way around, features that are no numbers would be near.
        return self.distance.measure(features) <= self.distance.farthest

    def write(self, results: Path) -> None:
        """Write it beside the model; the same fit gives the same bytes."""
        arrays: dict[str, Any] = {"storage": np.array(json.dumps(self.storage.to_json()))}
        if self.distance is not None:
            arrays |= {
                "mean": self.distance.mean.astype(np.float32),
                "whitening": self.distance.whitening.astype(np.float32),
                "farthest": np.array(self.distance.farthest),
            }
        with replacing(results / FILE) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def read(cls, results: Path) -> Self:
        """Read what ``write`` left. Whoever made it, no code of it runs.

        Raises:
            StageMissingError: there is none, or it is damaged.
        """
        path = results / FILE
        try:
            with np.load(path, allow_pickle=False) as arrays:
                storage = PictureStorage.from_json(json.loads(str(arrays["storage"])))
                return cls(storage, _read_distance(arrays) if "mean" in arrays else None)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
            raise StageMissingError(path, f"evaluate@{results.name}") from error


def _read_distance(arrays: Mapping[str, Any]) -> FeatureDistance:
    mean, whitening, farthest = arrays["mean"], arrays["whitening"], float(arrays["farthest"])
    if mean.ndim != 1 or whitening.shape != (len(mean), len(mean)):
        raise ValueError(whitening.shape)
    return FeatureDistance(mean.astype(np.float64), whitening.astype(np.float64), farthest)


def count_unlike(likeness: Likeness, rows: pd.DataFrame, features: Features | None) -> int:
    """Count the rows of ``STORAGE``, with their features, that are unlike the pictures it was fitted on."""
    odd = np.array(likeness.storage.find_odd_rows(rows), dtype=bool)
    near = np.ones(len(rows), dtype=bool) if features is None else likeness.is_near(features)
    return int((odd | ~near).sum())
