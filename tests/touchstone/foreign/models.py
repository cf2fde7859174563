"""One small network as a Keras file and, from the same weights, as ONNX files of several kinds."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pipeline.models.tensorflow_backend import start_keras

SIDE = 16


def build_network(units=1, scaled=True, side=SIDE, seed=0):
    """Build a network of one convolution, with logits out; ``scaled`` has a layer that brings pixels to 0..1."""
    start_keras()
    import keras

    random = np.random.default_rng(seed)
    inputs = keras.Input((side, side, 3))
    hidden = keras.layers.Rescaling(1 / 255)(inputs) if scaled else inputs
    hidden = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="convolution")(hidden)
    outputs = keras.layers.Dense(units, name="last")(keras.layers.GlobalAveragePooling2D()(hidden))
    model = keras.Model(inputs, outputs)
    kernel, bias = np.full((3, 3, 3, 4), 1 / 27) + random.normal(0, 0.02, (3, 3, 3, 4)), np.zeros(4)
    model.get_layer("convolution").set_weights([kernel, bias])
    # What is bright is FAKE: the mean of its pixels is above one half.
    sign = np.ones(1) if units == 1 else np.linspace(-1, 1, units)
    model.get_layer("last").set_weights([np.full((4, units), 4.0) * sign, -8.0 * sign])
    return model


def write_keras(path, units=1, ending="sigmoid", **options):
    """Write the network as a .keras file that ends in a sigmoid, a softmax, or with logits."""
    model = build_network(units, **options)
    import keras

    if ending:
        model = keras.Model(model.input, keras.layers.Activation(ending)(model.output))
    model.save(path)
    return Path(path)


def write_onnx(path, *, units=1, ending="Sigmoid", channels_first=True, batch="n", side=SIDE, **facts):
    """Write the network, without the scaling, as ONNX: pixels of 0..1 in. ``facts`` go into its metadata."""
    model = build_network(units, scaled=False)
    kernel, bias = model.get_layer("convolution").get_weights()
    dense, offset = model.get_layer("last").get_weights()
    weights = {"kernel": kernel.transpose(3, 2, 0, 1), "bias": bias, "dense": dense, "offset": offset}
    nodes = [] if channels_first else [helper.make_node("Transpose", ["pictures"], ["first"], perm=[0, 3, 1, 2])]
    nodes += [
        helper.make_node(
            "Conv", ["pictures" if channels_first else "first", "kernel", "bias"], ["conv"], pads=[1, 1, 1, 1]
        ),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "dense", "offset"], ["logits"]),
    ]
    if ending:
        nodes.append(helper.make_node(ending, ["logits"], ["scores"]))
    shape = [batch, 3, side, side] if channels_first else [batch, side, side, 3]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("scores" if ending else "logits", TensorProto.FLOAT, [batch, units])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, {name.replace("_", "."): value for name, value in facts.items()})
    onnx.save(made, str(path))
    return Path(path)
