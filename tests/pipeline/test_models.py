import json
import zipfile
from pkgutil import resolve_name

import numpy as np
import pytest

from pipeline.config.params import load_params
from pipeline.config.recipe import load_recipe
from pipeline.models.backbone import APPLICATIONS
from pipeline.models.build_network import as_detector, build_model
from pipeline.models.network_settings import LAYERS, NETWORKS, Backbone, Conv, FourLayerCnn, Layer, Pool, Stack
from pipeline.models.saved_model import FACTS, load_model, predict_scores, read_threshold, save_model, side_of
from pipeline.models.tensorflow_backend import start_keras
from pipeline.runtime.errors import ModelFileError, ParamsError
from pipeline.runtime.paths import Paths, find_root

TINY = FourLayerCnn(filters=[4, 4, 4, 4], dense=[4, 4])


@pytest.fixture(scope="module")
def keras():
    start_keras()
    import keras

    return keras


@pytest.fixture(scope="module")
def model(keras):
    return build_model(16, TINY)


def pixels(count, size=16):
    return np.random.default_rng(1).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def test_every_network_and_layer_that_a_recipe_may_name_can_be_built():
    assert all(callable(resolve_name(each.build)) for each in [*NETWORKS.values(), *LAYERS.values()])
    assert {name for name, each in NETWORKS.items() if each.settings is Backbone} == set(APPLICATIONS)


def test_four_layer_cnn_is_four_convolutions_and_three_dense_layers(model):
    kinds = [type(layer).__name__ for layer in model.layers]
    assert (kinds.count("Conv2D"), kinds.count("Dense"), kinds.count("MaxPooling2D")) == (4, 3, 4)
    assert model.input_shape == (None, 16, 16, 3)
    assert model.output_shape == (None, 1)


def test_four_layer_cnn_keeps_fine_detail_where_it_is_not_halved():
    late = build_model(16, TINY.model_copy(update={"pool_after": [2, 3, 4]}))
    assert late.get_layer("conv_2").output.shape[1:3] == (16, 16)
    assert late.get_layer("relu_4").output.shape[1:3] == (2, 2)


def test_default_recipe_stays_within_a_million_parameters(keras):
    root = find_root()
    recipe = load_recipe(Paths(root), load_params(root), "four_layer_cnn")
    assert build_model(recipe.size, recipe.model).count_params() <= 1_000_000


def test_pictures_too_small_to_be_halved_four_times_are_refused():
    with pytest.raises(ParamsError, match="at least 16"):
        build_model(15, TINY)


FLAT = [Layer(layer="flatten")]


def softmax(layers, size=8):
    return build_model(size, Stack(units=2, layers=layers))


def test_a_softmax_leaves_training_as_the_probability_of_fake(keras, tmp_path):
    network = softmax([Conv(layer="conv", filters=3), Pool(layer="pool"), *FLAT])
    both = network.predict_on_batch(pixels(5, 8))
    save_model(as_detector(network), tmp_path / "model.keras")
    assert np.array_equal(predict_scores(load_model(tmp_path / "model.keras"), pixels(5, 8)), both[:, 1])
    assert both.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("layers", "problem"),
    [
        ([Conv(layer="conv", filters=2)], "a row of numbers"),
        ([Pool(layer="pool", size=4), Pool(layer="pool", size=4), *FLAT], r"layers\.1: pool"),
        ([*FLAT, Conv(layer="conv", filters=2)], r"layers\.1: conv cannot take"),
        ([Conv(layer="conv", filters=2, kernel=9, padding="valid"), *FLAT], r"layers\.0: conv"),
    ],
)
def test_layers_that_do_not_fit_together_are_named(keras, layers, problem):
    with pytest.raises(ParamsError, match=problem):
        softmax(layers)


def test_the_threshold_travels_with_the_model(model, tmp_path):
    path = tmp_path / "model.keras"
    save_model(model, path, 0.25)
    assert read_threshold(path) == 0.25
    load_model(path)
    model.save(path)
    assert read_threshold(path) == 0.5


@pytest.mark.parametrize("facts", ["", "[]", "{}", '{"threshold": "high"}', '{"threshold": NaN}', '{"threshold": 7}'])
def test_a_threshold_that_is_none_is_refused(model, tmp_path, facts):
    path = tmp_path / "model.keras"
    model.save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(FACTS, facts)
    with pytest.raises(ModelFileError, match=r"threshold|cannot be read"):
        read_threshold(path)


def test_scores_are_probabilities_in_the_order_of_the_pictures_whatever_the_batch(model):
    scores = predict_scores(model, pixels(11), batch_size=4)
    assert scores.shape == (11,)
    assert scores.dtype == np.float32
    assert ((scores > 0) & (scores < 1)).all()
    assert scores == pytest.approx(predict_scores(model, pixels(11)), abs=1e-6)
    assert scores[::-1] == pytest.approx(predict_scores(model, pixels(11)[::-1], batch_size=3), abs=1e-6)


def test_no_pictures_give_no_scores(model):
    assert predict_scores(model, pixels(0)).shape == (0,)


def test_saved_model_scores_the_same_when_loaded(model, tmp_path):
    save_model(model, tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert side_of(loaded) == 16
    assert np.array_equal(predict_scores(loaded, pixels(5)), predict_scores(model, pixels(5)))


def test_same_weights_give_the_same_bytes_and_no_time(model, tmp_path):
    save_model(model, tmp_path / "a.keras")
    save_model(model, tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert list(json.loads(archive.read("metadata.json"))) == ["keras_version"]
        assert '"shared_object_id": 0' in archive.read("config.json").decode()


def write_text(keras, path):
    path.write_text("this is not a model")


def write_half(keras, path):
    save_model(build_model(16, TINY), path)
    path.write_bytes(path.read_bytes()[:-200])


def write_other_zip(keras, path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", b"not a model")


def write_broken_weights(keras, path):
    save_model(build_model(16, TINY), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content[:100] if name.endswith(".h5") else content)


def write_flat_input(keras, path):
    keras.Sequential([keras.Input((10,)), keras.layers.Dense(1)]).save(path)


def write_two_scores(keras, path):
    keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]).save(path)


def write_two_outputs(keras, path):
    inputs = keras.Input((16, 16, 3))
    flat = keras.layers.Flatten()(inputs)
    keras.Model(inputs, [keras.layers.Dense(1)(flat), keras.layers.Dense(1)(flat)]).save(path)


def write_code(keras, path):
    """A model that brings code of its own along."""
    keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Lambda(lambda x: x[:, 0, 0, :1])]).save(path)


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (lambda keras, path: None, "there is no such file"),
        (write_text, "not a zip"),
        (write_half, "not a zip"),
        (write_other_zip, "config.json"),
        (write_broken_weights, "truncated"),
        (write_flat_input, "not square pictures"),
        (write_two_scores, "not one score per picture"),
        (write_two_outputs, "not one score per picture"),
        (write_code, "Lambda"),
    ],
)
def test_what_is_no_detector_is_refused_in_one_line(keras, tmp_path, write, problem):
    path = tmp_path / "model.keras"
    write(keras, path)
    with pytest.raises(ModelFileError, match=problem) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_formats_are_refused_by_name(tmp_path):
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ModelFileError, match=r"\.keras"):
        load_model(tmp_path / "model.h5")
