"""Where a detector looks: Grad-CAM on its last convolution."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.parts.backend import start_keras
from pipeline.parts.pictures import Pixels


def last_convolution(model: Any) -> Any:
    """Find the last convolution, after which places are lost.

    Raises:
        LookupError: there is none.
    """
    start_keras()
    import keras

    for layer in reversed(model.layers):
        if isinstance(layer, keras.layers.Conv2D):
            return layer
    raise LookupError("the model has no convolution")


def explain(model: Any, pixels: Pixels) -> NDArray[np.float32]:
    """Tell how much each place speaks for the model's own verdict: float32 (n, size, size), 0 to 1 in each picture.

    Grad-CAM (Selvaraju et al., ICCV 2017): the channels of the last convolution, each weighted by the mean gradient of
    the verdict's logit; what speaks against it counts as nothing.
    """
    start_keras()
    import keras
    import tensorflow as tf

    layer = last_convolution(model)
    both = keras.Model(model.inputs, [layer.output, model.outputs[0]])
    with tf.GradientTape() as tape:
        channels, scores = both(tf.convert_to_tensor(pixels, tf.float32), training=False)
        clipped = tf.clip_by_value(scores[:, 0], 1e-6, 1 - 1e-6)
        logits = tf.math.log(clipped) - tf.math.log(1 - clipped)
        verdicts = tf.where(logits >= 0, logits, -logits)
    weights = tf.reduce_mean(tape.gradient(verdicts, channels), axis=(1, 2), keepdims=True)
    maps = tf.nn.relu(tf.reduce_sum(channels * weights, axis=-1, keepdims=True))
    large = tf.image.resize(maps, pixels.shape[1:3], method="bilinear")[..., 0].numpy()
    peak = large.max(axis=(1, 2), keepdims=True)
    shares: NDArray[np.float32] = np.divide(large, peak, out=np.zeros_like(large), where=peak > 0)
    return shares
