"""How the layers that a recipe may list are made, and applied one after the other."""

from collections.abc import Sequence
from pkgutil import resolve_name
from typing import Any

from pipeline.models.network_settings import LAYERS, Conv, Dense, Dropout, Layer, Pool
from pipeline.runtime.errors import ParamsError


def conv(settings: Conv, name: str) -> Any:
    """Make a convolution with its activation."""
    from keras import layers

    return layers.Conv2D(
        settings.filters,
        settings.kernel,
        strides=settings.stride,
        padding=settings.padding,
        activation=settings.activation,
        name=name,
    )


def pool(settings: Pool, name: str) -> Any:
    """Make a pooling layer."""
    from keras import layers

    kinds = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}
    return kinds[settings.kind](settings.size, name=name)


def global_pool(_: Layer, name: str) -> Any:
    """Make the layer that averages over the whole picture."""
    from keras import layers

    return layers.GlobalAveragePooling2D(name=name)


def flatten(_: Layer, name: str) -> Any:
    """Make the layer that lays everything side by side."""
    from keras import layers

    return layers.Flatten(name=name)


def batch_norm(_: Layer, name: str) -> Any:
    """Make batch norm as Keras sets it."""
    from keras import layers

    return layers.BatchNormalization(name=name)


def dropout(settings: Dropout, name: str) -> Any:
    """Make dropout."""
    from keras import layers

    return layers.Dropout(settings.rate, name=name)


def dense(settings: Dense, name: str) -> Any:
    """Make a dense layer with its activation and penalty."""
    from keras import layers, regularizers

    penalty = regularizers.L2(settings.l2) if settings.l2 else None
    return layers.Dense(settings.units, activation=settings.activation, kernel_regularizer=penalty, name=name)


def build_layer(settings: Layer, name: str) -> Any:
    """Make the Keras layer that a recipe lists."""
    return resolve_name(LAYERS[settings.layer].build)(settings, name)


def apply_layers(features: Any, layers: Sequence[Layer], key: str) -> Any:
    """Apply the layers that stand under ``key`` of a recipe, one after the other, to a ``keras.KerasTensor``.

    Raises:
        ParamsError: a layer cannot take what the one before gives, or the last gives more than a row of numbers.
    """
    for number, settings in enumerate(layers):
        try:
            features = build_layer(settings, f"{settings.layer}_{number + 1}")(features)
        except ValueError as error:
            raise ParamsError("recipe", f"{key}.{number}", _why(settings, features.shape)) from error
        if 0 in features.shape[1:]:
            raise ParamsError("recipe", f"{key}.{number}", f"{settings.layer} leaves nothing of the picture")
    if len(features.shape) != 2:
        raise ParamsError("recipe", key, "the last layers should make a row of numbers: flatten, or global_pool")
    return features


def apply_score(features: Any, units: int) -> Any:
    """Apply the last dense layer: the sigmoid of one unit, or the softmax of two, REAL and FAKE."""
    from keras import layers

    activation = "sigmoid" if units == 1 else "softmax"
    # float32 also where the rest computes in less: a probability near 0 or 1 needs it.
    return layers.Dense(units, activation=activation, dtype="float32", name="fake")(features)


def _why(settings: Layer, shape: Sequence[int | None]) -> str:
    return f"{settings.layer} cannot take what the layer before gives, of shape {tuple(shape[1:])}"
