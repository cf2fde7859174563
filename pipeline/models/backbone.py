"""A network of ``keras.applications`` with a head of its own; what it expects of its input is done inside."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.models.layers import apply_layers, apply_score
from pipeline.models.network_settings import Backbone
from pipeline.runtime.errors import ParamsError, WeightsError

#: What ``keras.applications`` takes at least.
MIN_SIZE = 32

#: Of ImageNet's pictures, by channel.
MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def _centre_bgr(pixels: Any, _: str) -> Any:
    """Do as ``keras.applications.resnet50.preprocess_input``: blue first, ImageNet's mean subtracted."""
    import keras

    centred = keras.layers.Rescaling(1.0, offset=[-123.68, -116.779, -103.939], name="centre")(pixels)
    return keras.ops.flip(centred, axis=-1)


def _as_imagenet(pixels: Any, weights: str) -> Any:
    """Leave the pixels as they are: EfficientNet scales them itself.

    It divides by the square roots of the deviations, too, but only if it is asked for ImageNet's weights by name
    (tensorflow/tensorflow issue 49930); for a file with the same weights that is done here, before its own scaling.
    """
    import keras

    if weights in {"imagenet", "none"}:
        return pixels
    factors = [1 / math.sqrt(deviation) for deviation in DEVIATIONS]
    offsets = [255 * mean * (1 - factor) for mean, factor in zip(MEANS, factors, strict=True)]
    return keras.layers.Rescaling(factors, offset=offsets, name="as_imagenet")(pixels)


@dataclass(frozen=True, slots=True)
class Application:
    """The name of a network's class in ``keras.applications``, and what is done to pixels of 0..255 before it."""

    name: str
    prepare: Callable[[Any, str], Any]


APPLICATIONS = {
    "resnet50": Application("ResNet50", _centre_bgr),
    "efficientnetb6": Application("EfficientNetB6", _as_imagenet),
}


def build(size: int, settings: Backbone) -> Any:
    """Build the network, with the weights that the recipe names.

    Raises:
        ParamsError: the pictures are too small, or the layers of the head do not fit together.
        WeightsError: the weights cannot be had.
    """
    if size < MIN_SIZE:
        raise ParamsError("recipe", "size", f"{settings.name} needs at least {MIN_SIZE} pixels a side, not {size}")
    import keras

    application = APPLICATIONS[settings.name]
    pictures = keras.Input((size, size, 3), name="pictures")
    backbone = _load(application, size, settings)
    backbone.trainable = settings.trainable
    features = backbone(application.prepare(pictures, settings.weights))
    features = apply_layers(features, settings.head, "model.head")
    return keras.Model(pictures, apply_score(features, settings.units), name=settings.name)


def _load(application: Application, size: int, settings: Backbone) -> Any:
    import keras

    make = getattr(keras.applications, application.name)
    weights = None if settings.weights == "none" else settings.weights
    if weights not in {None, "imagenet"} and not Path(str(weights)).is_file():
        raise WeightsError(settings.name, f"there is no file {weights}")
    try:
        return make(include_top=False, weights=weights, input_shape=(size, size, 3), name=settings.name)
    except Exception as error:  # From the network, and from files of every kind: documented nowhere.
        if weights is None:
            raise
        raise WeightsError(settings.name, (str(error).splitlines() or [type(error).__name__])[0][:200]) from error
