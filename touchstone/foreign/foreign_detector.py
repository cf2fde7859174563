"""A classifier as a detector: what evaluation asks of ours, asked of any."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pipeline.runtime.array_types import Pixels
from scipy.special import expit, softmax

from pipeline.models.saved_model import THRESHOLD
from pipeline.runtime.errors import ModelFileError, TouchstoneError
from touchstone.foreign.classifier import PIXELS, Array, Classifier
from touchstone.foreign.keras_file import open_keras
from touchstone.foreign.onnx_file import open_onnx

#: What opens a file, by the end of its name.
FORMATS: dict[str, Callable[[Path], Classifier]] = {".keras": open_keras, ".onnx": open_onnx}

Scores = Literal["auto", "probabilities", "logits"]

#: How far the two probabilities of a picture may be from 1 together.
SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Reading:
    """What a user says of a classifier; None and ``auto`` leave it to the file, and to what it gives.

    ``fake_first``: of two outputs the first is FAKE's, and a single one speaks for REAL. ``side`` in pixels.
    """

    pixels: str | None = None
    scores: Scores = "auto"
    fake_first: bool = False
    side: int | None = None
    threshold: float | None = None


def open_classifier(path: Path) -> Classifier:
    """Open a file by the end of its name.

    Raises:
        ModelFileError: its name ends otherwise, or it cannot be used.
    """
    if path.suffix not in FORMATS:
        raise ModelFileError(path, f"its name ends in none of {', '.join(FORMATS)}")
    return FORMATS[path.suffix](path)


class ForeignDetector:
    """A classifier read as P(FAKE); it has what ``pipeline.models.saved_model`` asks of a Keras model.

    Whether it gives logits is told, where the user does not, by the first pictures that it is ``shown``.
    """

    def __init__(self, path: Path, classifier: Classifier, reading: Reading) -> None:
        self.path = path
        self.classifier = classifier
        self.side = _choose_side(classifier, reading)
        self.pixels = reading.pixels or classifier.pixels or "bytes"
        declared = "its file declares it" if classifier.pixels else "nothing declares it, so that is taken for granted"
        self.pixels_from = "as --pixels says" if reading.pixels else declared
        self.fake_first = reading.fake_first
        self.scores = reading.scores
        chosen = (reading.threshold, classifier.threshold, THRESHOLD)
        self.threshold = next(threshold for threshold in chosen if threshold is not None)

    @property
    def input_shape(self) -> tuple[None, int, int, int]:
        """Say what pictures it takes, as Keras does."""
        return None, self.side, self.side, 3

    def show(self, outputs: Array) -> None:
        """Tell from outputs whether they are probabilities: all within 0 and 1, and of two, 1 together."""
        if self.scores == "auto":
            within = bool(((outputs >= 0) & (outputs <= 1)).all())
            together = outputs.shape[1] == 1 or bool((np.abs(outputs.sum(axis=1) - 1) < SUM_TOLERANCE).all())
            self.scores = "probabilities" if within and together else "logits"

    def ask(self, pixels: Pixels) -> Array:
        """Give the outputs for pictures, uint8 (n, side, side, 3), as they are: (n, 1) or (n, 2).

        Raises:
            ModelFileError: some of them are no numbers.
        """
        outputs = self.classifier.network(PIXELS[self.pixels](pixels))
        if not np.isfinite(outputs).all():
            wrong = int((~np.isfinite(outputs)).any(axis=1).sum())
            raise ModelFileError(self.path, f"{wrong} of its scores are not numbers")
        return outputs

    def predict_on_batch(self, pixels: Pixels) -> Array:
        """Score pictures, uint8 (n, side, side, 3): P(FAKE), (n, 1)."""
        return self.to_scores(self.ask(pixels))

    def to_scores(self, outputs: Array) -> Array:
        """Make P(FAKE), (n, 1), of outputs, (n, 1) or (n, 2)."""
        if outputs.shape[1] == 2:
            likely = softmax(outputs, axis=1) if self.scores == "logits" else outputs
            fake: Array = likely[:, :1] if self.fake_first else likely[:, 1:]
            return fake
        second: Array = expit(outputs) if self.scores == "logits" else outputs
        return 1 - second if self.fake_first else second


def _choose_side(classifier: Classifier, reading: Reading) -> int:
    if classifier.side and reading.side not in (None, classifier.side):
        raise TouchstoneError(f"--size {reading.side}: the model takes {classifier.side} pixels a side")
    side = classifier.side or reading.side
    if not side:
        raise TouchstoneError("the model takes pictures of any size: say with --size how many pixels a side to make")
    return side
