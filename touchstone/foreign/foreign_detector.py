"""A classifier as a detector: what evaluation asks of ours, asked of any."""

from pathlib import Path

import numpy as np
from scipy.special import expit, softmax

from pipeline.models.saved_model import THRESHOLD
from pipeline.runtime.array_types import Pixels
from pipeline.runtime.errors import ModelFileError, TouchstoneError
from touchstone.foreign.classifier import Array
from touchstone.foreign.confined_model import Classifier
from touchstone.foreign.model_reading import Outputs, Reading, usual_way


class ForeignDetector:
    """A classifier read as P(FAKE); it has what ``pipeline.models.saved_model`` asks of a Keras model.

    It is read in the usual ``way`` until that is set. Whether it gives logits is told, where the user does not, by the
    first pictures that it is ``shown``.
    """

    def __init__(self, classifier: Classifier, reading: Reading) -> None:
        self.path: Path = classifier.path
        self.classifier = classifier
        self.reading = reading
        self.side = _choose_side(classifier, reading)
        if classifier.facts.whole and reading.pixels not in (None, "bytes"):
            raise TouchstoneError(f"--pixels {reading.pixels}: the model takes whole numbers, so 0 to 255")
        self.way = usual_way(reading, classifier.facts)
        self.outputs = reading.outputs
        chosen = (reading.threshold, classifier.facts.threshold, THRESHOLD)
        self.threshold = next(threshold for threshold in chosen if threshold is not None)

    @property
    def input_shape(self) -> tuple[None, int, int, int]:
        """Describe what pictures it takes, as Keras does."""
        return None, self.side, self.side, 3

    @property
    def name(self) -> str:
        """Name it as Keras names a model: in errors."""
        return self.path.name

    def show(self, outputs: Array) -> None:
        """Return from outputs, (n, 1) or (n, 2), what they are, where the user does not."""
        if self.outputs == "auto":
            self.outputs = tell_outputs(outputs)

    def ask(self, pixels: Pixels) -> Array:
        """Return the outputs for pictures, uint8 (n, side, side, 3), as they are: (n, 1) or (n, 2).

        Raises:
            ModelFileError: some of them are no numbers.
        """
        outputs = self.classifier.ask(pixels, self.way.pixels, self.way.channels)
        if not np.isfinite(outputs).all():
            wrong = int((~np.isfinite(outputs)).any(axis=1).sum())
            raise ModelFileError(self.path, f"{wrong} of its scores are not numbers")
        return outputs

    def predict_on_batch(self, pixels: Pixels) -> Array:
        """Score pictures, uint8 (n, side, side, 3): P(FAKE), (n, 1)."""
        return self.to_scores(self.ask(pixels))

    def to_scores(self, outputs: Array) -> Array:
        """Make P(FAKE), (n, 1), of outputs, (n, 1) or (n, 2)."""
        return to_scores(outputs, self.outputs, self.way.fake_first)


def tell_outputs(outputs: Array) -> Outputs:
    """Return whether outputs are probabilities: all of them lie within 0 and 1."""
    return "probabilities" if bool(((outputs >= 0) & (outputs <= 1)).all()) else "logits"


def to_scores(outputs: Array, kind: Outputs, fake_first: bool) -> Array:
    """Make P(FAKE), (n, 1), of outputs, (n, 1) or (n, 2); two probabilities that do not make 1 are brought to that.

    >>> to_scores(np.array([[0.4, 0.4]]), "probabilities", False)
    array([[0.5]])
    """
    if outputs.shape[1] == 2:
        together = outputs.sum(axis=1, keepdims=True)
        shares = np.divide(outputs, together, out=np.full(outputs.shape, 0.5), where=together > 0)
        likely = softmax(outputs, axis=1) if kind == "logits" else shares
        fake: Array = likely[:, :1] if fake_first else likely[:, 1:]
        return fake
    second: Array = expit(outputs) if kind == "logits" else outputs
    return 1 - second if fake_first else second


def _choose_side(classifier: Classifier, reading: Reading) -> int:
    side = classifier.facts.side
    if side and reading.side not in (None, side):
        raise TouchstoneError(f"--size {reading.side}: the model takes {side} pixels a side")
    side = side or reading.side
    if not side:
        raise TouchstoneError("the model takes pictures of any size: say with --size how many pixels a side to make")
    return side
