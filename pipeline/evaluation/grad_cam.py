"""Where a detector looks: Grad-CAM on its last convolution."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.tensorflow_backend import start_keras
from pipeline.runtime.array_types import Pixels

Heat = NDArray[np.float32]


class UnexplainableError(Exception):
    """The model is not of a kind that Grad-CAM can ask; its message says what it lacks."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How much each place of a picture speaks for its verdict.

    ``heat`` is (n, size, size), 0 to 1 in each picture, and 0 all over where no place speaks for it; ``grid`` is how
    many places the last convolution tells apart, down and across: ``heat`` is no finer than that.
    """

    heat: Heat
    grid: tuple[int, int]


def explain(model: Any, pixels: Pixels, fake: NDArray[np.bool_]) -> Explanation:
    """Explain a verdict of each picture, uint8 (n, size, size, 3): FAKE where ``fake`` (n,), else REAL.

    Grad-CAM (Selvaraju et al., ICCV 2017): the channels of the last convolution, each weighted by the mean gradient of
    the verdict's logit; what speaks against it counts as nothing. Each channel is measured from its mean over the
    picture: where the convolution is normalised only after it, as in ours, its zero means nothing.

    Raises:
        UnexplainableError: the model has no convolution, or one of a single place, or does not end in a dense layer.
    """
    start_keras()
    import keras
    import tensorflow as tf

    places, score = last_places(model), _last_dense(model)
    both = keras.Model(model.inputs, [places, score.input])
    grid = int(places.shape[1]), int(places.shape[2])
    if grid == (1, 1):
        raise UnexplainableError("with pictures of this size, its last convolution tells no two places apart")
    pictures = tf.convert_to_tensor(pixels, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(pictures)  # Where no weight before the places is trainable, the tape would pass over them.
        channels, features = both(pictures, training=False)
        # The score itself will not do: where the model is sure, a sigmoid is flat, and has no gradient left.
        logits = tf.cast(features, tf.float32) @ score.kernel + score.bias
        logit = logits[:, -1] - logits[:, 0] if logits.shape[-1] == 2 else logits[:, 0]
        verdict = tf.where(tf.constant(fake), logit, -logit)
    weights = tf.reduce_mean(tape.gradient(verdict, channels), axis=(1, 2), keepdims=True)
    above = channels - tf.reduce_mean(channels, axis=(1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(tf.cast(above * weights, tf.float32), axis=-1, keepdims=True))
    large = tf.image.resize(heat, pixels.shape[1:3], method="bilinear")[..., 0].numpy()
    peak = large.max(axis=(1, 2), keepdims=True)
    shares: Heat = np.divide(large, peak, out=np.zeros_like(large), where=peak > 0)
    return Explanation(shares, grid)


def last_places(model: Any) -> Any:
    """Find what the last convolution gives, (n, height, width, channels): after it, places are lost.

    Of a backbone, a network within the network, it is what that gives on the whole.

    Raises:
        UnexplainableError: there is none.
    """
    start_keras()
    import keras

    for number in reversed(range(len(model.layers))):
        layer = model.layers[number]
        if isinstance(layer, keras.layers.Conv2D):
            return layer.output
        if isinstance(layer, keras.Model) and number + 1 < len(model.layers):
            # What the inner network calls its output belongs to a graph of its own.
            given = model.layers[number + 1].input
            if len(given.shape) == 4:
                return given
    raise UnexplainableError("it has no convolution whose places could be shown")


def _last_dense(model: Any) -> Any:
    import keras

    dense = next((layer for layer in reversed(model.layers) if isinstance(layer, keras.layers.Dense)), None)
    if dense is None or dense.units > 2 or dense.bias is None:
        raise UnexplainableError("it does not end in a dense layer of one or two units")
    return dense
