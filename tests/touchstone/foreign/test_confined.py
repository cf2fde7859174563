"""Models of anybody's, made to do harm: each ends in one line, within bounds of time and memory."""

import json
import os
import shutil
import time
import zipfile

import numpy as np
import psutil
import pytest
from onnx import TensorProto, helper, numpy_helper

from pipeline.models.saved_model import FACTS
from pipeline.runtime.errors import ModelFileError
from tests.touchstone.foreign.variants import SIDE, Variant, expect, make_pictures, open_near, write_keras, write_onnx
from touchstone.foreign.confined_model import open_classifier

PICTURES = make_pictures(10)[0]


def write_graph(path, nodes, initializers):
    """Write an ONNX model of the pictures' flattened pixels, ``flat``, to ``scores``."""
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["pictures"], ["flat"]), *nodes],
        "network",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 1])],
        initializers,
    )
    path.write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    )
    return path


WEIGHTS = np.full((SIDE * SIDE * 3, 1), 1e-6, np.float32)


def write_loop(path, times):
    """Write a model that goes round a loop."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["go"]), helper.make_node("Identity", ["before"], ["after"])],
        "body",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        helper.make_node("MatMul", ["flat", "weights"], ["sum"]),
        helper.make_node("Loop", ["times", "true", "sum"], ["scores"], body=body),
    ]
    constants = {"weights": WEIGHTS, "times": np.array(times), "true": np.array(True)}
    return write_graph(path, nodes, [numpy_helper.from_array(value, name) for name, value in constants.items()])


def write_vast(path):
    """Write a model that multiplies a picture's numbers out to 2 TB."""
    nodes = [
        helper.make_node("Expand", ["flat", "shape"], ["vast"]),
        helper.make_node("ReduceSum", ["vast"], ["sum"], keepdims=1),
        helper.make_node("Reshape", ["sum", "row"], ["scores"]),
    ]
    constants = {"shape": np.array([2_000_000_000, 1, 3 * SIDE * SIDE]), "row": np.array([-1, 1])}
    return write_graph(path, nodes, [numpy_helper.from_array(value, name) for name, value in constants.items()])


def write_external(path, location):
    """Write a model whose weights lie in another file."""
    weights = numpy_helper.from_array(WEIGHTS, "weights")
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": str(WEIGHTS.nbytes)}.items():
        entry = weights.external_data.add()
        entry.key, entry.value = key, value
    return write_graph(path, [helper.make_node("MatMul", ["flat", "weights"], ["scores"])], [weights])


def ask(path, **options):
    with open_classifier(path, **options) as classifier:
        return classifier.ask(PICTURES, "bytes", "rgb")


def test_a_loop_without_end_is_ended_and_leaves_no_process(tmp_path):
    np.testing.assert_allclose(
        ask(write_loop(tmp_path / "short.onnx", 3)), PICTURES.reshape(20, -1) @ WEIGHTS, rtol=1e-5
    )
    before, started = set(psutil.Process().children()), time.monotonic()
    with pytest.raises(ModelFileError, match="took longer than 2 seconds for 20 pictures; --timeout"):
        ask(write_loop(tmp_path / "endless.onnx", 2**62), timeout=2)
    assert time.monotonic() - started < 60
    assert set(psutil.Process().children()) == before


def test_the_bound_of_time_holds_though_nobody_waits(tmp_path):
    with open_classifier(write_loop(tmp_path / "endless.onnx", 2**62), timeout=2) as classifier:
        # As if the one who asks had been killed: nobody reads, nobody kills.
        classifier.connection.send_bytes(
            json.dumps({"shape": PICTURES.shape, "pixels": "bytes", "channels": "rgb"}).encode()
        )
        classifier.connection.send_bytes(PICTURES.tobytes())
        assert classifier.process.wait(60) == -14


def test_memory_is_bounded(tmp_path):
    with pytest.raises(ModelFileError, match=r"memory|alloc"):
        ask(write_vast(tmp_path / "vast.onnx"))


def test_weights_may_lie_in_the_own_folder_and_nowhere_else(tmp_path, monkeypatch):
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
        WEIGHTS.tofile(folder / "weights.bin")
    monkeypatch.chdir(other)
    WEIGHTS.tofile(other / "working_folder.bin")
    (own / "link.bin").symlink_to(other / "weights.bin")
    expected = PICTURES.reshape(20, -1) @ WEIGHTS
    np.testing.assert_allclose(ask(write_external(own / "model.onnx", "weights.bin")), expected, rtol=1e-5)
    for outside in (str(other / "weights.bin"), "../other/weights.bin", "link.bin", "working_folder.bin"):
        with pytest.raises(ModelFileError):
            open_near(write_external(own / "model.onnx", outside))


def test_an_h5_file_runs_no_code_and_reads_no_other_file(tmp_path):
    import h5py
    import keras

    inputs = keras.Input((SIDE, SIDE, 3))
    hidden = keras.layers.Lambda(lambda pixels: pixels / 255)(inputs)
    outputs = keras.layers.Dense(1, activation="sigmoid")(keras.layers.GlobalAveragePooling2D()(hidden))
    keras.Model(inputs, outputs).save(tmp_path / "code.h5")
    with pytest.raises(ModelFileError, match=r"convert it: keras\.models\.load_model"):
        open_near(tmp_path / "code.h5")
    whole = write_keras(tmp_path / "whole.h5", Variant("unit"))
    linked = shutil.copy(whole, tmp_path / "linked.h5")
    with h5py.File(linked, "a") as file:
        file["model_weights/elsewhere"] = h5py.ExternalLink("whole.h5", "/model_weights")
    with pytest.raises(ModelFileError, match="elsewhere' lies in another file"):
        open_near(linked)


@pytest.mark.parametrize("facts", ["[" * 10_000, '{"threshold":' * 700, "9" * 9_000])
def test_brackets_by_the_thousand_are_one_line(tmp_path, facts):
    path = write_keras(tmp_path / "deep.keras", Variant("unit"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(FACTS, facts)
    with pytest.raises(ModelFileError, match=f"its {FACTS} cannot be read"):
        open_near(path)


def test_a_process_that_dies_is_one_line(tmp_path):
    with open_classifier(write_onnx(tmp_path / "model.onnx", Variant("bytes"))) as classifier:
        np.testing.assert_allclose(classifier.ask(PICTURES, "bytes", "rgb")[:, 0], expect(PICTURES), atol=1e-4)
        os.kill(classifier.process.pid, 9)
        with pytest.raises(ModelFileError, match="its process ended by SIGKILL"):
            classifier.ask(PICTURES, "bytes", "rgb")
