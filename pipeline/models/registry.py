"""All networks, in plain sight: the name in a recipe and the function that builds the network.

A builder is one function::

    def build(size: int, settings: Model) -> keras.Model

from pixels as they are stored, (size, size, 3) of 0..255, to P(FAKE), shape (1,). Scaling belongs inside the model, so
that training, evaluation and prediction cannot differ in it.
"""

from collections.abc import Callable
from typing import Any

from pipeline.models import four_layer_cnn
from pipeline.parts.backend import start_keras
from pipeline.parts.recipe import Model

MODELS: dict[str, Callable[[int, Model], Any]] = {
    "four_layer_cnn": four_layer_cnn.build,
}


def build_model(size: int, settings: Model) -> Any:
    """Build an untrained, uncompiled network (a ``keras.Model``) for square pictures of ``size`` pixels a side."""
    start_keras()
    return MODELS[settings.name](size, settings)
