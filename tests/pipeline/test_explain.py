import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.grad_cam import UnexplainableError, explain
from pipeline.models.build_network import as_detector, build_model
from pipeline.models.network_settings import parse_model
from pipeline.models.saved_model import load_model, predict_scores, save_model
from pipeline.report.grad_cam_examples import choose_telling, look

SIDE, PATCH = 32, 8
STACK = {
    "name": "stack",
    "layers": [
        {"layer": "conv", "filters": 8},
        {"layer": "pool"},
        {"layer": "conv", "filters": 16},
        {"layer": "pool", "size": 16},
        {"layer": "flatten"},
    ],
}
NETWORKS = {
    "four_layer_cnn": {"name": "four_layer_cnn", "filters": [4, 4, 4, 4], "dense": [4, 4]},
    "stack": STACK,
    "softmax": STACK | {"units": 2},
    "resnet50": {"name": "resnet50", "weights": "none", "trainable": False, "head": [{"layer": "global_pool"}]},
}


def plant(count, seed, side=SIDE):
    """Grey noise; in every other picture, the FAKE ones, a patch of black and white grain somewhere."""
    random = np.random.default_rng(seed)
    pixels = random.integers(90, 130, (count, side, side, 3)).astype(np.uint8)
    labels = (np.arange(count) % 2).astype(np.float32)
    patches = np.zeros((count, side, side), dtype=bool)
    for number in np.flatnonzero(labels):
        top, left = random.integers(0, side - PATCH, 2)
        patches[number, top : top + PATCH, left : left + PATCH] = True
        pixels[number, top : top + PATCH, left : left + PATCH] = random.integers(0, 2, (PATCH, PATCH, 1)) * 255
    return pixels, labels, patches


def test_grad_cam_lights_the_place_that_gives_the_label_away(tmp_path):
    import keras

    keras.utils.set_random_seed(1)
    pixels, labels, _ = plant(600, 0)
    model = build_model(SIDE, parse_model("", STACK))
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    model.fit(pixels, labels, epochs=6, batch_size=32, verbose=0)
    save_model(as_detector(model), tmp_path / "model.keras")
    model = load_model(tmp_path / "model.keras")

    unseen, answers, patches = plant(200, 1)
    scores = predict_scores(model, unseen)
    assert ((scores > 0.5) == answers).mean() > 0.97
    found = (scores > 0.5) & (answers == 1)
    explanation = explain(model, unseen[found], np.ones(found.sum(), dtype=bool))
    assert explanation.grid == (16, 16)
    assert explanation.heat.shape == (found.sum(), SIDE, SIDE)
    assert (explanation.heat.max(axis=(1, 2)) == 1).all()
    inside = (explanation.heat * patches[found]).sum(axis=(1, 2)) / explanation.heat.sum(axis=(1, 2))
    assert np.median(inside) > 0.6, "the patch is a sixteenth of the picture"
    assert (inside > 0.5).mean() > 0.95


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_network_is_explained_and_for_each_verdict(name, tmp_path):
    side = 64
    save_model(as_detector(build_model(side, parse_model("", NETWORKS[name]))), tmp_path / "model.keras")
    model = load_model(tmp_path / "model.keras")
    pixels, _, _ = plant(4, 2, side)
    heats = [explain(model, pixels, np.full(4, verdict)).heat for verdict in (False, True)]
    assert all(heat.shape == (4, side, side) and 0 <= heat.min() <= heat.max() <= 1 for heat in heats)
    assert max(heat.max() for heat in heats) == 1, "nothing speaks for either verdict"
    assert not np.array_equal(*heats)


def test_a_sure_verdict_is_explained_as_well():
    model = as_detector(build_model(SIDE, parse_model("", STACK)))
    score = model.layers[-1]
    score.set_weights([score.get_weights()[0] * 1e4, score.get_weights()[1]])
    pixels, _, _ = plant(2, 3)
    scores = predict_scores(model, pixels)
    assert set(scores) <= {0.0, 1.0}
    assert explain(model, pixels, scores > 0.5).heat.max() == 1


def test_a_network_without_places_says_so():
    import keras

    flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    with pytest.raises(UnexplainableError, match="no convolution"):
        explain(flat, np.zeros((1, 8, 8, 3), np.uint8), np.array([True]))


def test_a_network_that_tells_no_places_apart_says_so():
    network = build_model(SIDE, parse_model("", STACK | {"layers": [{"layer": "conv", "filters": 2, "kernel": SIDE,
        "padding": "valid"}, {"layer": "flatten"}]}))  # fmt: skip
    with pytest.raises(UnexplainableError, match="no two places apart"):
        explain(as_detector(network), np.zeros((1, SIDE, SIDE, 3), np.uint8), np.array([True]))


def test_the_surest_the_least_sure_and_the_worst_of_each_class_are_chosen():
    scores = [0.01, 0.2, 0.49, 0.6, 0.95, 0.99, 0.8, 0.51, 0.3, 0.02]
    rows = pd.DataFrame({"source": "a", "rank": range(10), "label": [0] * 5 + [1] * 5, "score": scores})
    chosen = {title: part["rank"].tolist() for title, part in choose_telling(rows, 0.5).items()}
    assert chosen == {
        "Photographs, surest and right": [0, 1, 2],
        "Photographs, least sure": [2, 3, 1],
        "Photographs, surest and wrong": [4, 3],
        "Fakes, surest and right": [5, 6, 7],
        "Fakes, least sure": [7, 8, 6],
        "Fakes, surest and wrong": [9, 8],
    }


def test_chosen_pictures_are_drawn_beside_their_places(trained):
    tested = pd.read_parquet(trained.paths.split("tiny") / "test.parquet")
    scored = pd.read_parquet(trained.results / "predictions.parquet")
    looks = look(load_model(trained.results / "model.keras"), trained.paths, tested.assign(score=scored["score"]), 0.5)
    assert looks.problem == ""
    assert looks.grid == (2, 2)
    shown = [each for part in looks.pictures.values() for each in part]
    assert len(shown) >= 12
    for each in shown:
        assert each.called == ("FAKE" if each.score >= 0.5 else "REAL")
        assert each.seen.startswith("data:image/jpeg;base64,")
        assert each.seen != each.lit
