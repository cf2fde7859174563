"""Neural resyntheses: a photograph squeezed through a small autoencoder and drawn again by its decoder.

Two kinds of decoder, because they leave different traces: transposed convolutions (a checkerboard; Odena, Dumoulin and
Olah: Deconvolution and checkerboard artifacts, Distill 2016) and nearest-neighbour upsampling with convolutions.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from pipeline.models.tensorflow_backend import make_deterministic, start_keras

Decoder = Literal["transposed", "nearest"]
DECODERS: tuple[Decoder, ...] = ("transposed", "nearest")

#: Sides of the squares that the networks are trained on.
PATCH = 48
STEPS = 260
BATCH = 24

#: Channels at a quarter of the resolution: 4 times fewer numbers than pixels have. Fewer would show at a glance.
BOTTLENECK = 12


def start_tensorflow(seed: int) -> None:
    """Import TensorFlow so that training gives the same weights each time, on the processor alone."""
    start_keras()
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")
    make_deterministic(seed)


def train_autoencoder(decoder: Decoder, pictures: Sequence[Any], seed: int) -> Any:
    """Train an autoencoder with one kind of decoder on patches of pictures, each uint8 (height, width, 3)."""
    import keras

    chance = np.random.default_rng(seed)
    patches = np.stack([_patch(pictures[i], chance) for i in chance.integers(len(pictures), size=STEPS * BATCH)])
    model = _build(decoder)
    schedule = keras.optimizers.schedules.CosineDecay(4e-3, STEPS)
    model.compile(optimizer=keras.optimizers.Adam(schedule), loss="mae")
    model.fit(patches, patches.astype(np.float32), batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
    return model


def _patch(picture: Any, chance: np.random.Generator) -> Any:
    top = chance.integers(picture.shape[0] - PATCH + 1)
    left = chance.integers(picture.shape[1] - PATCH + 1)
    return picture[top : top + PATCH, left : left + PATCH]


def _build(decoder: Decoder) -> Any:
    import keras
    from keras import layers

    pictures = keras.Input((None, None, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(pictures)
    for width in (24, 40):
        x = layers.Conv2D(width, 4, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2D(BOTTLENECK, 3, padding="same")(x)
    for width in (40, 24):
        if decoder == "transposed":
            x = layers.Conv2DTranspose(width, 3, strides=2, padding="same", activation="relu")(x)
        else:
            x = layers.UpSampling2D(2, interpolation="nearest")(x)
            x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(3, 3, padding="same")(x)
    return keras.Model(pictures, layers.Rescaling(127.5, offset=127.5)(x), name=decoder)


def resynthesise(model: Any, pictures: Sequence[Any]) -> list[Any]:
    """Draw pictures again: uint8 (height, width, 3) each, sides divisible by 4; the same shapes come back."""
    drawn: list[Any] = [None] * len(pictures)
    shapes = {picture.shape for picture in pictures}
    for shape in sorted(shapes):
        here = [i for i, picture in enumerate(pictures) if picture.shape == shape]
        batch = np.asarray(model(np.stack([pictures[i] for i in here]), training=False))
        for i, picture in zip(here, np.rint(batch).clip(0, 255).astype(np.uint8), strict=True):
            drawn[i] = picture
    return drawn
