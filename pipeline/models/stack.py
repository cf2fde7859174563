"""Any layers that a recipe lists, one after the other."""

from typing import Any

from pipeline.models.layers import apply_layers, apply_score
from pipeline.models.network_settings import Stack


def build(size: int, settings: Stack) -> Any:
    """Build the network; pixels are scaled to 0..1 first.

    Raises:
        ParamsError: the layers do not fit together, or the picture is too small for them.
    """
    import keras
    from keras import layers

    pictures = keras.Input((size, size, 3), name="pictures")
    features = layers.Rescaling(1 / 255, name="scale")(pictures)
    features = apply_layers(features, settings.layers, "model.layers")
    return keras.Model(pictures, apply_score(features, settings.units), name=settings.name)
