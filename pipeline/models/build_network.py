"""Building the network that a recipe names.

A builder is one function::

    def build(size: int, settings: MySettings) -> keras.Model

from pixels as they are stored, (size, size, 3) of 0..255, to P(FAKE), shape (1,), or to the probabilities of REAL and
FAKE, shape (2,). Scaling belongs inside the model, so that training, evaluation and prediction cannot differ in it.
"""

from pkgutil import resolve_name
from typing import Any

from pipeline.models.network_settings import NETWORKS, Model
from pipeline.models.tensorflow_backend import start_keras


def build_model(size: int, settings: Model) -> Any:
    """Build an untrained, uncompiled network (a ``keras.Model``) for square pictures of ``size`` pixels a side."""
    start_keras()
    return resolve_name(NETWORKS[settings.name].build)(size, settings)


def as_detector(network: Any) -> Any:
    """Make of any network the one kind that leaves training: pixels in, P(FAKE), shape (1,), out.

    The only place that knows of softmaxes over two classes; what is saved, asked or exported never has one.
    """
    import keras
    from keras import layers

    score = network.output
    if score.shape[-1] == 2:
        # By layers alone, which keep their names and load in safe mode: the second of two, FAKE.
        score = layers.Reshape((2, 1), name="classes")(score)
        score = layers.Cropping1D((1, 0), name="second")(score)
        score = layers.Reshape((1,), name="score")(score)
    return keras.Model(network.input, score, name=network.name)
