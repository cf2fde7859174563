"""Four convolution layers and three dense ones, the last of them P(FAKE)."""

from typing import Any

from pipeline.models.network_settings import FourLayerCnn
from pipeline.runtime.errors import ParamsError

#: Every block halves the picture.
MIN_SIZE = 16


def build(size: int, settings: FourLayerCnn) -> Any:
    """Build the network: ``filters`` are the widths of the convolutions, ``dense`` of the first two dense layers.

    Raises:
        ParamsError: the pictures are too small to be halved four times.
    """
    if size < MIN_SIZE:
        raise ParamsError("recipe", "size", f"{settings.name} needs at least {MIN_SIZE} pixels a side, not {size}")
    import keras
    from keras import layers

    pictures = keras.Input((size, size, 3), name="pictures")
    features = layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(pictures)
    for number, width in enumerate(settings.filters, start=1):
        features = _block(features, width, number, pooled=number in settings.pool_after)
    # Their mean, not all places side by side: what gives a picture away may be anywhere in it.
    features = layers.GlobalAveragePooling2D(name="mean")(features)
    for number, width in enumerate(settings.dense, start=1):
        features = layers.Dense(width, activation="relu", name=f"dense_{number}")(features)
        features = layers.Dropout(settings.dropout, name=f"dropout_{number}")(features)
    # float32 also where the rest computes in less: a probability near 0 or 1 needs it.
    score = layers.Dense(1, activation="sigmoid", dtype="float32", name="fake")(features)
    return keras.Model(pictures, score, name=settings.name)


def _block(features: Any, width: int, number: int, *, pooled: bool) -> Any:
    from keras import layers

    # No bias: batch norm adds its own.
    features = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"conv_{number}")(features)
    if pooled:
        # Before it is normalised: what follows has a quarter of the work, and training goes at twice the speed.
        features = layers.MaxPooling2D(name=f"pool_{number}")(features)
    # 0.99, the default, would still hold a fifth of its starting values after the 150 steps that small sets train for.
    features = layers.BatchNormalization(momentum=0.95, name=f"norm_{number}")(features)
    return layers.ReLU(name=f"relu_{number}")(features)
