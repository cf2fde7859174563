"""One tiny network, which calls FAKE what is medium red, written in many frameworks, layouts, scales and orders.

Its logit is ``GAIN`` times (``WIDTH`` less the mean distance of red from one half): a scale, or an order of colours or
classes, that is not its own gives something else. ``expect`` says without any framework what it should say.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from scipy.special import expit

from touchstone.foreign.classifier import PIXELS
from touchstone.foreign.model_formats import FORMATS

SIDE, GAIN, WIDTH, MIDDLE = 8, 20.0, 0.15, 0.5

#: How much of each colour counts, in RGB.
COLOURS = np.array([0.8, 0.2, 0.0])


def make_pictures(each=60, side=SIDE):
    """Make uint8 pictures and their labels: the first of each class is of the other one's kind, as life has it."""
    random = np.random.default_rng(3)
    labels = np.repeat(np.array([0, 1], np.int8), each)
    real = random.choice([0.15, 0.85], each)
    fake = random.uniform(0.42, 0.58, each)
    real[0], fake[0] = fake[0], real[0]
    colours = random.uniform(0.1, 0.9, (2 * each, 3))
    # Green goes along, so that it does not blur the border.
    colours[:, 0] = colours[:, 1] = np.concatenate([real, fake])
    noise = random.normal(0, 0.01, (2 * each, side, side, 3))
    return np.clip(255 * (colours[:, None, None] + noise), 0, 255).astype(np.uint8), labels


def expect(pixels):
    """Compute P(FAKE), (n,)."""
    red = pixels / 255 @ COLOURS
    return expit(GAIN * (WIDTH - np.abs(red - MIDDLE).mean(axis=(1, 2))))


@dataclass(frozen=True)
class Variant:
    """How the network is written. ``facts`` go into an ONNX file's metadata; ``head`` are Keras layers before it."""

    scale: str = "bytes"
    bgr: bool | None = None
    ending: str | None = "sigmoid"
    units: int = 1
    fake_first: bool = False
    channels_first: bool = False
    batch: int | None = None
    side: int | None = SIDE
    head: tuple = ()
    further: tuple[str, ...] = ()
    shape: tuple[int, ...] | None = None
    kind: int = TensorProto.FLOAT
    facts: dict[str, str] = field(default_factory=dict)
    gain: float = GAIN

    def weights(self):
        """Fold what the scale does to pixels into a 1x1 convolution; give it and the layer after it."""
        scale = PIXELS[self.scale]
        bgr = scale.channels == "bgr" if self.bgr is None else self.bgr
        colours = COLOURS[::-1] if bgr else COLOURS
        factor = np.array(scale.deviation) * scale.divisor / 255
        shift = (colours * np.array(scale.mean) * scale.divisor / 255).sum() - MIDDLE
        kernel = np.outer(colours * factor, [1, -1])
        sign = -1 if self.fake_first else 1
        # Two logits are half as far from 0 each, so that their softmax is the sigmoid of the one.
        signs = np.array([sign]) if self.units == 1 else np.array([-sign, sign]) / 2
        if self.ending == "two sigmoids":
            signs = np.array([-sign, sign])
        dense = -self.gain * np.ones((2, 1)) * signs
        return kernel, np.array([shift, -shift]), dense, self.gain * WIDTH * signs


def write_keras(path, variant):
    """Write a variant as a .keras or an .h5 file."""
    import keras

    kernel, bias, dense, offset = variant.weights()
    shape = (3, variant.side, variant.side) if variant.channels_first else (variant.side, variant.side, 3)
    inputs = keras.Input(shape, batch_size=variant.batch)
    hidden = keras.layers.Permute((2, 3, 1))(inputs) if variant.channels_first else inputs
    for layer in variant.head:
        hidden = layer(hidden)
    convolution = keras.layers.Conv2D(2, 1, activation="relu")
    pooled = keras.layers.GlobalAveragePooling2D()(convolution(hidden))
    last = keras.layers.Dense(variant.units, name="logits")
    outputs = last(pooled)
    if variant.ending:
        ending = "sigmoid" if "sigmoid" in variant.ending else variant.ending
        outputs = keras.layers.Activation(ending, name="scores")(outputs)
    further = {"features": pooled, "logits": last.output}
    model = keras.Model(
        inputs, [outputs, *(further[name] for name in variant.further)] if variant.further else outputs
    )
    convolution.set_weights([kernel[None, None], bias])
    last.set_weights([dense, offset])
    model.save(path)
    return Path(path)


def write_onnx(path, variant):
    """Write a variant as ONNX; its outputs have the names ``scores`` and, where they are asked for, others."""
    kernel, bias, dense, offset = variant.weights()
    kind = TensorProto.FLOAT if variant.kind == TensorProto.UINT8 else variant.kind
    numbers = helper.tensor_dtype_to_np_dtype(kind)
    values = {"kernel": kernel.T[:, :, None, None], "bias": bias, "dense": dense, "offset": offset}
    name, nodes = "pictures", []
    if variant.kind == TensorProto.UINT8:
        nodes.append(helper.make_node("Cast", [name], ["cast"], to=kind))
        name = "cast"
    if not variant.channels_first:
        nodes.append(helper.make_node("Transpose", [name], ["first"], perm=[0, 3, 1, 2]))
        name = "first"
    ending = {None: "Identity", "sigmoid": "Sigmoid", "two sigmoids": "Sigmoid", "softmax": "Softmax"}[variant.ending]
    nodes += [
        helper.make_node("Conv", [name, "kernel", "bias"], ["conv"]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("Gemm", ["features", "dense", "offset"], ["logits"]),
        helper.make_node(ending, ["logits"], ["ended" if variant.shape else "scores"]),
    ]
    constants = [numpy_helper.from_array(value.astype(numbers), key) for key, value in values.items()]
    if variant.shape:
        nodes.append(helper.make_node("Reshape", ["ended", "shape"], ["scores"]))
        constants.append(numpy_helper.from_array(np.array([-1, *variant.shape]), "shape"))
    batch, side = variant.batch or "n", variant.side or "side"
    shape = [batch, 3, side, side] if variant.channels_first else [batch, side, side, 3]
    widths = {"scores": variant.shape or [variant.units], "features": [2], "logits": [variant.units]}
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("pictures", variant.kind, shape)],
        [helper.make_tensor_value_info(each, kind, [batch, *widths[each]]) for each in ("scores", *variant.further)],
        constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, variant.facts)
    onnx.save(made, str(path))
    return Path(path)


@dataclass(frozen=True)
class Near:
    """A classifier opened in this process: TensorFlow is imported once for all variants."""

    path: Path
    network: object
    facts: object

    def ask(self, pixels, scale, channels):
        return self.network(PIXELS[scale](pixels, channels))


def open_near(path, output=None):
    """Open a file as the process of its own does, but here."""
    FORMATS[path.suffix].start()
    network, facts = FORMATS[path.suffix].open(path, output)
    return Near(path, network, facts)
