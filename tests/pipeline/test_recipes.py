"""Every recipe in the project holds what all of them promise."""

import numpy as np
import pytest
import yaml

from pipeline.config.recipe import parse_recipe
from pipeline.config.search_space import set_values
from pipeline.models.build_network import build_model
from pipeline.models.saved_model import load_model, predict_scores, save_model
from pipeline.models.tensorflow_backend import start_keras
from pipeline.runtime.errors import ParamsError, UnknownKeyError, WeightsError
from pipeline.runtime.paths import Paths, find_root
from pipeline.training.feeding import TrainingPictures
from pipeline.training.loop import train
from pipeline.training.training_sets import Sets

ROOT = find_root()
RECIPES = sorted(file.stem for file in (ROOT / "recipes").glob("*.yaml"))
BACKBONES = ["resnet50_32", "efficientnetb6"]


def content(name):
    return yaml.safe_load(Paths(ROOT).recipe(name).read_text())


def recipe_of(name):
    return parse_recipe(f"recipes/{name}.yaml", content(name))


def easy(size, count):
    """REAL is dark, FAKE is bright."""
    labels = (np.arange(count) % 2).astype(np.int8)
    noise = np.random.default_rng(5).integers(0, 60, (count, size, size, 3))
    return TrainingPictures((noise + 150 * labels[:, None, None, None].astype(int)).astype(np.uint8), labels)


def once(recipe, pictures):
    """The recipe for one short epoch, from chance."""
    train = recipe.train.model_copy(update={"epochs": 1, "batch_size": min(recipe.train.batch_size, pictures // 4)})
    model = recipe.model.model_copy(update={"weights": "none"} if hasattr(recipe.model, "weights") else {})
    return recipe.model_copy(update={"train": train, "model": model})


#: Building and tracing the many layers of these several times over takes minutes.
RUN = [pytest.param(name, marks=pytest.mark.slow) if name in BACKBONES else name for name in RECIPES]


@pytest.mark.parametrize("name", RUN)
def test_a_recipe_is_trained_saved_loaded_and_asked(name, tmp_path):
    count = 200 if name in BACKBONES else 64
    recipe = once(recipe_of(name), count)
    if name == "efficientnetb6":
        # To trace the gradients of its 666 layers takes minutes; its head is trained, and all else is as in earnest.
        recipe = recipe.model_copy(update={"model": recipe.model.model_copy(update={"trainable": False})})
    sets = Sets(easy(recipe.size, count), easy(recipe.size, 20))
    trained = train(recipe, sets, 1)
    save_model(trained.model, tmp_path / "model.keras", trained.threshold)
    scores = predict_scores(load_model(tmp_path / "model.keras"), sets.validation.pixels, 20)
    assert scores.shape == (20,)
    assert np.isfinite(scores).all()
    assert ((scores >= 0) & (scores <= 1)).all()
    if name not in BACKBONES:
        assert np.array_equal(scores, predict_scores(trained.model, sets.validation.pixels, 20))
    assert trained.threshold == recipe.train.decision.threshold


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def test_scraped_cnn_36_is_four_convolutions_and_three_dense_layers_the_last_of_two():
    recipe = recipe_of("scraped_cnn_36")
    model = build_model(recipe.size, recipe.model)
    assert [kinds(model).count(kind) for kind in ("Conv2D", "MaxPooling2D", "Dense")] == [4, 4, 3]
    assert model.output_shape == (None, 2)
    assert (recipe.size, recipe.train.optimizer, recipe.augment.copies) == (36, "adam", 0)
    assert recipe.train.loss == "sparse_categorical_crossentropy"


def test_four_layer_cnn_32_is_the_default_recipe_on_cifake_as_it_is():
    own, default = (recipe_of(name).model_dump() for name in ("four_layer_cnn_32", "four_layer_cnn"))
    assert (own.pop("sources"), own.pop("size"), own["train"].pop("epochs")) == (["cifake"], 32, 10)
    assert {key: own[key] for key in ("split", "augment", "model")} == {
        key: default[key] for key in ("split", "augment", "model")
    }
    assert own["train"].items() <= default["train"].items()


def test_three_layer_cnn_32_is_as_published():
    recipe = recipe_of("three_layer_cnn_32")
    model = build_model(recipe.size, recipe.model)
    assert [kinds(model).count(kind) for kind in ("Conv2D", "MaxPooling2D", "Dense")] == [3, 3, 2]
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [32, 1]
    assert (recipe.train.epochs, recipe.train.loss) == (20, "binary_crossentropy")
    assert recipe.split.shares() == (0.1, 0.1)


def test_a_backbone_gets_the_pixels_as_its_authors_prepared_them():
    start_keras()
    import keras

    from pipeline.models.backbone import _centre_bgr

    pixels = np.random.default_rng(1).integers(0, 256, (2, 4, 4, 3)).astype(np.float32)
    wanted = keras.applications.resnet50.preprocess_input(pixels.copy())
    inputs = keras.Input((4, 4, 3))
    ours = keras.Model(inputs, _centre_bgr(inputs, "none")).predict_on_batch(pixels)
    assert ours == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("weights", ["imagenet", "nowhere.h5", __file__])
def test_weights_that_cannot_be_had_are_one_clear_line(weights, monkeypatch, tmp_path):
    # A proxy that nobody is: what a machine without the internet sees.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    recipe = recipe_of("resnet50_32")
    with pytest.raises(WeightsError, match=r"resnet50: .*`none`") as caught:
        build_model(recipe.size, recipe.model.model_copy(update={"weights": weights}))
    assert "\n" not in str(caught.value)


def test_a_backbone_says_what_it_takes_at_least():
    recipe = recipe_of("resnet50_32")
    with pytest.raises(ParamsError, match="size: resnet50 needs at least 32 pixels a side, not 16"):
        build_model(16, recipe.model.model_copy(update={"weights": "none"}))


@pytest.mark.parametrize("name", ["four_layer_cnn", "four_layer_cnn_32"])
def test_the_own_recipes_can_be_tuned(name):
    recipe = recipe_of(name)
    assert recipe.search
    for way in ("low", "high"):
        values = {key: getattr(allowed, way) for key, allowed in recipe.search.items()}
        parse_recipe("x.yaml", set_values("x.yaml", content(name), values))


def changed(name, **changes):
    recipe = content(name)
    for place, value in changes.items():
        section, _, key = place.partition("__")
        recipe[section] = recipe[section] | {key: value}
    return recipe


@pytest.mark.parametrize(
    ("recipe", "error", "words"),
    [
        (
            changed("scraped_cnn_36", model__name="five_layers"),
            ParamsError,
            "unknown model 'five_layers'; known: four_",
        ),
        (
            changed("scraped_cnn_36", model__layers=[{"layer": "konv"}]),
            ParamsError,
            "0.layer: unknown layer 'konv'; kno",
        ),
        (
            changed("scraped_cnn_36", model__layers=[{"layer": "conv", "filters": 3, "kernl": 3}]),
            UnknownKeyError,
            "kernel, stride",
        ),
        (
            changed("scraped_cnn_36", model__layers=[{"layer": "conv", "filters": 0}]),
            ParamsError,
            r"layers\.0\.filters",
        ),
        (changed("scraped_cnn_36", model__layers=[7]), ParamsError, r"layers\.0: must map"),
        (changed("resnet50_32", model__head=[{"layer": "flaten"}]), ParamsError, r"head\.0\.layer: unknown"),
        (
            {**content("four_layer_cnn"), "search": {"train.learning_rate": {"lo": 1e-4, "high": 1e-2}}},
            UnknownKeyError,
            r"search\.train\.learning_rate\.lo: unknown key; did you mean low\? known here: low, high",
        ),
        (
            {**content("four_layer_cnn"), "search": {"train.learning_rate": {"low": 1e-4, "high": float("inf")}}},
            ParamsError,
            "both finite",
        ),
        (changed("scraped_cnn_36", train__optimizer="adm"), ParamsError, "'adam', 'adamw' or 'muon', not 'adm'"),
        (changed("scraped_cnn_36", train__loss="mse"), ParamsError, "'binary_crossentropy' or"),
        (changed("scraped_cnn_36", train__label_smoothing=0.1), ParamsError, "label_smoothing"),
        (changed("scraped_cnn_36", augment__online={"cutmix": 0.5}), ParamsError, "cutmix. should go with"),
        (changed("scraped_cnn_36", model__units=1), ParamsError, "do not go together"),
        (changed("four_layer_cnn", model__units=2), ParamsError, r"model\.units"),
        (changed("four_layer_cnn", train__decision={"rule": "best"}), ParamsError, "'balanced_accuracy'"),
    ],
)
def test_what_is_unknown_is_answered_with_what_is_known(recipe, error, words):
    with pytest.raises(error, match=words):
        parse_recipe("recipes/x.yaml", recipe)
