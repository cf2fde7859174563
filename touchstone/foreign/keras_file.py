"""A .keras file of somebody else's: loaded in safe mode, which runs no code that it brings along."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.saved_model import load_network, stored_threshold
from pipeline.runtime.errors import ModelFileError
from touchstone.foreign.classifier import Array, Classifier

#: Layers that scale pixels themselves, so that a model with one takes 0 to 255.
SCALING = ("Rescaling", "Normalization")


def open_keras(path: Path) -> Classifier:
    """Open a Keras model from square pictures in RGB to one or two outputs.

    Raises:
        ModelFileError: it is no Keras model, or takes or gives something else.
    """
    model = load_network(path)
    match getattr(model, "input_shape", None):
        case (_, height, width, 3) if height == width:
            side = height
        case other:
            raise ModelFileError(path, f"it takes {other}, not square pictures in RGB: (None, side, side, 3)")
    shape = getattr(model, "output_shape", None)
    if not (isinstance(shape, tuple) and shape[0] is None and shape[1:] in ((1,), (2,))):
        raise ModelFileError(path, f"it gives {shape}, not one or two outputs per picture: (None, 1) or (None, 2)")

    def ask(pixels: NDArray[np.float32]) -> Array:
        return np.asarray(model.predict_on_batch(pixels), dtype=np.float64)

    scales = any(type(layer).__name__ in SCALING for layer in _layers(model))
    return Classifier(ask, "Keras", side, "bytes" if scales else None, stored_threshold(path))


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)
