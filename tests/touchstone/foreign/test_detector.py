import numpy as np
import pytest

from pipeline.models.saved_model import predict_scores, save_model, side_of
from pipeline.runtime.errors import ModelFileError, TouchstoneError
from tests.touchstone.foreign.models import SIDE, build_network, write_keras, write_onnx
from tests.touchstone.foreign.variants import open_near
from touchstone.foreign.confined_model import open_classifier
from touchstone.foreign.foreign_detector import ForeignDetector
from touchstone.foreign.model_reading import InputReading, Reading, usual_way

PICTURES = np.random.default_rng(1).integers(0, 256, (20, SIDE, SIDE, 3), dtype=np.uint8) // 2
PICTURES[::2] += 120


def ask(path, **reading):
    detector = ForeignDetector(open_near(path), Reading(**reading))
    detector.show(detector.ask(PICTURES))
    return predict_scores(detector, PICTURES)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return ask(write_keras(tmp_path_factory.mktemp("keras") / "sigmoid.keras"))


def test_keras_and_onnx_of_the_same_weights_say_the_same(tmp_path, expected):
    assert (expected[::2] > 0.5).all()
    assert (expected[1::2] < 0.5).all()
    for layout in ({"channels_first": True}, {"channels_first": False}, {"batch": 1}):
        scores = ask(write_onnx(tmp_path / "network.onnx", **layout), pixels="unit")
        np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_two_outputs_and_logits_are_found_out(tmp_path, expected):
    for ending in ("softmax", None):
        path = write_keras(tmp_path / "two.keras", units=2, ending=ending)
        # Two logits of opposite signs are twice as far apart.
        odds = expected.astype(float) / (1 - expected)
        np.testing.assert_allclose(ask(path), odds**2 / (1 + odds**2), atol=1e-5)
        np.testing.assert_allclose(ask(path, fake_first=True), 1 / (1 + odds**2), atol=1e-5)
    path = write_onnx(tmp_path / "logit.onnx", ending=None)
    np.testing.assert_allclose(ask(path, pixels="unit"), expected, atol=1e-5)
    np.testing.assert_allclose(ask(path, pixels="unit", fake_first=True), 1 - expected, atol=1e-5)


def test_what_a_file_declares_of_its_pixels_is_believed(tmp_path, expected):
    path = write_onnx(tmp_path / "declared.onnx", Image_NominalPixelRange="Normalized_0_1")
    np.testing.assert_allclose(ask(path), expected, atol=1e-5)
    assert usual_way(Reading(), open_near(path).facts) == InputReading("unit", "rgb")
    bare = write_onnx(tmp_path / "bare.onnx")
    assert open_near(bare).facts.pixels is None
    assert usual_way(Reading(), open_near(bare).facts) == InputReading("bytes", "rgb")


def test_any_size_wants_to_be_said(tmp_path, expected):
    path = write_onnx(tmp_path / "any.onnx", side="side")
    with pytest.raises(TouchstoneError, match="--size"):
        ForeignDetector(open_near(path), Reading())
    assert side_of(ForeignDetector(open_near(path), Reading(side=24))) == 24
    np.testing.assert_allclose(ask(path, pixels="unit", side=SIDE), expected, atol=1e-5)
    fixed = write_onnx(tmp_path / "fixed.onnx")
    with pytest.raises(TouchstoneError, match=f"--size 24: the model takes {SIDE}"):
        ForeignDetector(open_near(fixed), Reading(side=24))


def test_the_threshold_of_our_own_file_is_used(tmp_path):
    path = tmp_path / "ours.keras"
    save_model(build_network(), path, 0.3)
    assert ForeignDetector(open_near(path), Reading()).threshold == 0.3
    assert ForeignDetector(open_near(path), Reading(threshold=0.7)).threshold == 0.7
    plain = write_keras(tmp_path / "plain.keras")
    assert ForeignDetector(open_near(plain), Reading()).threshold == 0.5


def write_text_file(path):
    path.write_text("not a model")
    return path


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (lambda folder: folder / "gone.onnx", "no such file"),
        (lambda folder: write_text_file(folder / "text.onnx"), "INVALID|Protobuf"),
        (lambda folder: write_text_file(folder / "text.keras"), "not a zip"),
        (lambda folder: write_text_file(folder / "model.pt"), "ends in none of .keras, .h5, .hdf5, .onnx; PyTorch"),
        (lambda folder: write_keras(folder / "ten.keras", units=10, ending=None), "one or two outputs"),
        (lambda folder: write_onnx(folder / "gray.onnx", Image_BitmapPixelFormat="Gray8"), "in Gray8"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, write, problem):
    path = write(tmp_path)
    with pytest.raises(ModelFileError, match=problem), open_classifier(path):
        pass


def test_ten_outputs_and_no_numbers_are_told_when_asked(tmp_path):
    with pytest.raises(ModelFileError, match="10 a picture"):
        ask(write_onnx(tmp_path / "ten.onnx", units=10, ending=None))
    model = build_network()
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    model.save(tmp_path / "wild.keras")
    with pytest.raises(ModelFileError, match="20 of its scores are not numbers"):
        ask(tmp_path / "wild.keras")
