"""What a recipe says of its network: one section per kind of network and per kind of layer, in two visible tables.

These name what builds each, too, so that a recipe is read without Keras.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, SerializeAsAny

from pipeline.runtime.errors import ParamsError
from pipeline.runtime.section import Count, Section, parse, require_mapping

Choice = TypeVar("Choice", bound=Section)
Chance = Annotated[float, Field(ge=0, lt=1)]
Activation = Literal["relu", "gelu", "silu", "elu", "tanh", "linear"]


class Layer(Section):
    """One layer of a network; ``layer`` is its kind."""

    layer: str


class Conv(Layer):
    """A convolution with square kernels; ``same`` pads with zeros, ``valid`` does not."""

    filters: Count
    kernel: Count = 3
    stride: Count = 1
    padding: Literal["same", "valid"] = "same"
    activation: Activation = "relu"


class Pool(Layer):
    """The largest, or the mean, of every square of ``size`` pixels a side."""

    size: Count = 2
    kind: Literal["max", "average"] = "max"


class Dense(Layer):
    """A fully connected layer; ``l2`` is the factor of the penalty on its weights."""

    units: Count
    activation: Activation = "relu"
    l2: Annotated[float, Field(ge=0)] = 0.0


class Dropout(Layer):
    """Zeroes a part of its input while training."""

    rate: Chance


@dataclass(frozen=True, slots=True)
class Registered(Generic[Choice]):
    """What a recipe may name: its settings, and as MODULE:NAME the function that builds it, which imports Keras."""

    settings: type[Choice]
    build: str


#: All layers, by the name in a recipe. A builder is a function ``(settings, name) -> keras.Layer``.
LAYERS: dict[str, Registered[Layer]] = {
    "conv": Registered(Conv, build="pipeline.models.layers:conv"),
    "pool": Registered(Pool, build="pipeline.models.layers:pool"),
    "global_pool": Registered(Layer, build="pipeline.models.layers:global_pool"),
    "flatten": Registered(Layer, build="pipeline.models.layers:flatten"),
    "batch_norm": Registered(Layer, build="pipeline.models.layers:batch_norm"),
    "dropout": Registered(Dropout, build="pipeline.models.layers:dropout"),
    "dense": Registered(Dense, build="pipeline.models.layers:dense"),
}


class Model(Section):
    """The network: its name in the registry. ``units`` is 1 for a sigmoid, 2 for a softmax over REAL and FAKE."""

    name: str
    units: Literal[1, 2] = 1


class FourLayerCnn(Model):
    """The widths of its four convolutions, and of the first two dense layers.

    ``pool_after`` lists the convolutions, counted from 1, after which the picture is halved. What tells generated
    pictures is fine detail, which is gone after the first halving.
    """

    name: Literal["four_layer_cnn"] = "four_layer_cnn"
    units: Literal[1] = 1
    filters: list[Count] = Field([32, 64, 128, 256], min_length=4, max_length=4)
    pool_after: list[Annotated[int, Field(ge=1, le=4)]] = Field([1, 2, 3, 4])
    dense: list[Count] = Field([256, 64], min_length=2, max_length=2)
    dropout: Chance = 0.3


class Stack(Model):
    """Any layers, one after the other, on pixels of 0..1; the last dense layer, of ``units``, is added to them."""

    name: Literal["stack"] = "stack"
    layers: Annotated[list[SerializeAsAny[Layer]], Field(min_length=1)]


class Backbone(Model):
    """A network of ``keras.applications`` and a head of layers on it; ``trainable: false`` trains the head alone.

    ``weights`` are ``imagenet``, ``none`` or the path of a file.
    """

    weights: str = "imagenet"
    trainable: bool = True
    head: Annotated[list[SerializeAsAny[Layer]], Field(min_length=1)]


#: All networks, by the name in a recipe. A builder is a function as ``build_network.py`` describes it.
NETWORKS: dict[str, Registered[Model]] = {
    "four_layer_cnn": Registered(FourLayerCnn, build="pipeline.models.four_layer_cnn:build"),
    "stack": Registered(Stack, build="pipeline.models.stack:build"),
    "resnet50": Registered(Backbone, build="pipeline.models.backbone:build"),
    "efficientnetb6": Registered(Backbone, build="pipeline.models.backbone:build"),
}

#: The keys of a network that hold a list of layers.
LISTS = ("layers", "head")


def parse_model(file: str, content: Any) -> Model:
    """Turn what a recipe holds under ``model`` into the settings of the network that it names.

    Raises:
        ParamsError: or one of its branches, for the first thing that is wrong.
    """
    settings = dict(require_mapping(file, "model", content))
    for key in LISTS:
        if isinstance(settings.get(key), list):
            settings[key] = [_parse_layer(file, f"model.{key}.{n}", layer) for n, layer in enumerate(settings[key])]
    return _choose(NETWORKS, "name", file, "model", settings)


def _parse_layer(file: str, key: str, content: Any) -> Layer:
    return _choose(LAYERS, "layer", file, key, require_mapping(file, key, content))


def _choose(
    table: Mapping[str, Registered[Choice]], by: str, file: str, key: str, content: Mapping[Any, Any]
) -> Choice:
    """Parse a mapping into the section that its entry ``by`` names."""
    name = content.get(by)
    if not isinstance(name, str) or name not in table:
        word = "model" if by == "name" else by
        raise ParamsError(file, f"{key}.{by}", f"unknown {word} {name!r}; known: {', '.join(table)}")
    return parse(table[name].settings, file, content, key)
