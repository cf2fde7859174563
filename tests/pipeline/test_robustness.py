import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.special import expit
from sklearn.metrics import brier_score_loss, log_loss

from pipeline.config.params import load_params
from pipeline.evaluation import calibration
from pipeline.evaluation.damages import DAMAGES
from pipeline.evaluation.placebo import PlaceboResult, choose_paths, measure_placebo, store_like
from pipeline.evaluation.robustness import VARIANTS, measure_robustness, score_damaged
from pipeline.evaluation.test_facts import join_facts
from pipeline.models.saved_model import load_model
from pipeline.storage.tables import read_table
from tests.factories import make_image

SIDES = [(32, 32), (400, 300)]


@pytest.mark.parametrize("size", SIDES)
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_changes_the_picture_the_same_way_each_time(name, size):
    picture = make_image(1, *size)
    damaged, again = DAMAGES[name](picture, 7), DAMAGES[name](picture, 7)
    assert damaged.tobytes() == again.tobytes()
    assert damaged.tobytes() != picture.tobytes()


@pytest.mark.parametrize("name", ["blur-2.0%", "blur-3.0%", "noise-5", "noise-10"])
def test_a_large_picture_suffers_about_as_much_as_a_small_one(name):
    def harm(side):
        picture = make_image(1, side, side)
        pair = [
            np.asarray(each.resize((32, 32), Image.Resampling.LANCZOS), float)
            for each in (picture, DAMAGES[name](picture, 7))
        ]
        return np.abs(pair[0] - pair[1]).mean()

    assert 0.4 < harm(512) / harm(64) < 2.5


@pytest.mark.parametrize(
    "picture", [Image.new("RGB", (1, 1)), Image.new("RGB", (1, 900)), Image.new("RGB", (70_000, 2))]
)
def test_odd_sizes_survive_every_damage(picture):
    for damage in DAMAGES.values():
        assert min(damage(picture, 1).size) >= 1


@pytest.fixture(scope="module")
def damaged(trained):
    """The test pictures of ``trained``, and their scores under every damage and placebo."""
    tested = read_table(trained.results / "predictions.parquet", "evaluate").to_pandas()
    tested = join_facts(trained.paths, tested)
    model = load_model(trained.results / "model.keras")
    return tested, score_damaged(model, trained.paths, tested, load_params(trained.paths.root))


def test_every_test_picture_is_scored_under_every_damage(damaged):
    tested, scores = damaged
    assert scores.shape == (len(tested), VARIANTS)
    assert np.isfinite(scores).all()
    scores = scores[:, : len(DAMAGES)]
    found = measure_robustness(tested["label"].to_numpy(), tested["score"].to_numpy(), scores, 0.5)
    assert list(found) == ["clean", *DAMAGES]
    assert found["clean"]["accuracy_change"] == 0
    called, fake = scores[:, -1] >= 0.5, tested["label"].to_numpy() == 1
    assert found["sent-twice"]["accuracy"] == pytest.approx((called == fake).mean())
    assert found["sent-twice"]["recall"] == pytest.approx(called[fake].mean())


def test_a_picture_has_the_scores_of_its_own_damages(trained, damaged):
    tested, scores = damaged
    model = load_model(trained.results / "model.keras")
    chosen = [12, 3, 7]
    alone = score_damaged(model, trained.paths, tested.iloc[chosen], load_params(trained.paths.root))
    np.testing.assert_allclose(alone[:, : len(DAMAGES)], scores[chosen, : len(DAMAGES)], atol=1e-6)


def files(label, **stored):
    facts = {"format": "JPEG", "width": 64, "height": 64, "jpeg_quality": 90, "jpeg_subsampling": "4:2:0"} | stored
    return pd.DataFrame({"label": label, "source": "s", "rank": np.arange(40) + 40 * label, **facts})


def test_the_placebo_takes_the_path_of_the_other_class_and_the_control_that_of_its_own():
    tested = pd.concat([files(0), files(1, jpeg_quality=30, width=96)], ignore_index=True)
    for label, (own, other) in zip(tested["label"], choose_paths(tested, 1), strict=True):
        assert (own.quality, own.width) == ((30, 96) if label else (90, 64))
        assert (other.quality, other.width) == ((90, 64) if label else (30, 96))


def test_files_of_several_formats_have_paths_that_can_be_taken():
    photographs = [files(0)[:20], files(0, format="PNG", jpeg_quality=None, jpeg_subsampling=None)[20:]]
    tested = pd.concat([*photographs, files(1, format="WEBP", jpeg_quality=None)], ignore_index=True)
    paths = {path for both in choose_paths(tested, 1) for path in both}
    assert {(path.format, path.quality) for path in paths} == {("JPEG", 90), ("PNG", None), ("WEBP", None)}
    assert all(store_like(make_image(1, 40, 40), path).size == (64, 64) for path in paths)


def test_a_detector_of_compression_falls_for_the_placebo_and_not_for_the_control():
    def fine_detail(image):
        pixels = np.asarray(image.convert("L"), dtype=float)
        return np.abs(np.diff(pixels, axis=0)).mean()

    random = np.random.default_rng(0)
    picture = Image.fromarray(random.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    harsh, mild = PlaceboResult("JPEG", 64, 64, 10, "4:2:0"), PlaceboResult("JPEG", 64, 64, 95, "4:4:4")
    kept, smoothed = fine_detail(store_like(picture, mild)), fine_detail(store_like(picture, harsh))
    assert smoothed < 0.9 * kept
    assert store_like(picture, PlaceboResult("PNG", 32, 16, None, None)).size == (32, 16)

    labels = (np.arange(100) % 2).astype(np.int8)
    clean = np.where(labels == 1, 0.9, 0.1).astype(np.float32)
    stored = np.stack([clean, 1 - clean], axis=1)
    found = measure_placebo(labels, clean, stored, 0.5)
    assert found["REAL"]["other"]["changed"] == 1
    assert found["FAKE"]["own"]["changed"] == 0
    assert 0 < found["FAKE"]["own"]["high"] < 0.1


def test_figures_of_calibration_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 500).astype(np.int8)
    scores = expit(random.normal(labels * 2 - 1, 2))
    assert calibration.negative_log_likelihood(labels, scores) == pytest.approx(log_loss(labels, scores))
    assert calibration.brier_score(labels, scores) == pytest.approx(brier_score_loss(labels, scores))


def test_temperature_mends_a_model_that_is_too_sure():
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, 20_000)
    labels = (random.random(20_000) < expit(logits)).astype(np.int8)
    too_sure = expit(3 * logits)
    temperature = calibration.fit_temperature(labels, too_sure)
    assert temperature == pytest.approx(3, rel=0.05)
    before = calibration.expected_calibration_error(labels, too_sure)
    after = calibration.expected_calibration_error(labels, calibration.temper(too_sure, temperature))
    assert before > 0.05
    assert after < 0.02


def test_scores_of_0_and_1_have_figures():
    labels, scores = np.array([0, 1, 1], np.int8), np.array([0.0, 1.0, 0.0], np.float32)
    assert np.isfinite(calibration.fit_temperature(labels, scores))
    assert calibration.expected_calibration_error(labels, scores) > 0.2
