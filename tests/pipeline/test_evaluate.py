import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from sklearn import metrics

from pipeline.arrays.pixel_arrays import gather
from pipeline.evaluation.metrics import measure, measure_without_repeats, wilson
from pipeline.evaluation.operating_points import measure_ranking
from pipeline.models.build_network import build_model
from pipeline.models.network_settings import FourLayerCnn
from pipeline.models.saved_model import load_model, predict_scores, save_model, side_of
from pipeline.runtime.errors import EmptySplitError, ModelFileError
from pipeline.storage.tables import read_table
from tests.factories import run_stage

STAGE = yaml.safe_load((Path(__file__).resolve().parents[2] / "dvc.yaml").read_text())["stages"]["evaluate"]["do"]
PLOTS = [
    path.removeprefix("results/${item}/")
    for each in STAGE["plots"]
    for path in ([each] if isinstance(each, str) else each)
]

TINY = FourLayerCnn(filters=[2, 2, 2, 2], dense=[2, 2])


@pytest.fixture(scope="module")
def figures(trained):
    return json.loads((trained.results / "metrics.json").read_text())


@pytest.fixture(scope="module")
def predictions(trained):
    return pd.read_parquet(trained.results / "predictions.parquet")


@pytest.fixture
def copy(trained, tmp_path):
    """A copy of the trained project, which a test may break."""
    shutil.copytree(trained.paths.root, tmp_path / "copy")
    return type(trained.paths)(tmp_path / "copy")


def test_every_test_picture_is_scored_once_and_in_order(trained, predictions):
    manifest = pd.read_parquet(trained.paths.split("tiny") / "test.parquet")
    key = ["source", "rank", "id", "label"]
    pd.testing.assert_frame_equal(predictions[key], manifest[key])
    assert predictions["score"].dtype == np.float32
    assert predictions["score"].between(0, 1).all()


def test_figures_are_those_of_scikit_learn(figures, predictions):
    labels, scores = predictions["label"], predictions["score"]
    called = (scores >= 0.5).astype(int)
    assert figures["pictures"] == len(labels)
    assert figures["accuracy"] == pytest.approx(metrics.accuracy_score(labels, called))
    assert figures["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(labels, called))
    assert figures["precision"] == pytest.approx(metrics.precision_score(labels, called))
    assert figures["recall"] == pytest.approx(metrics.recall_score(labels, called))
    assert figures["f1"] == pytest.approx(metrics.f1_score(labels, called))
    assert figures["roc_auc"] == pytest.approx(metrics.roc_auc_score(labels, scores))
    assert figures["average_precision"] == pytest.approx(metrics.average_precision_score(labels, scores))
    assert figures["mcc"] == pytest.approx(metrics.matthews_corrcoef(labels, called))
    before = figures["calibration"]["before"]
    assert before["brier_score"] == pytest.approx(metrics.brier_score_loss(labels, scores))
    assert before["negative_log_likelihood"] == pytest.approx(metrics.log_loss(labels, scores), abs=1e-6)
    confusion = figures["confusion"]
    assert [[confusion["true_real"], confusion["false_fake"]], [confusion["false_real"], confusion["true_fake"]]] == (
        metrics.confusion_matrix(labels, called).tolist()
    )
    report = metrics.classification_report(labels, called, target_names=["REAL", "FAKE"], output_dict=True)
    assert figures["classification_report"]["FAKE"] == pytest.approx(report["FAKE"])


def test_every_ranking_figure_lies_in_its_interval(figures):
    for name, (low, high) in figures["intervals"].items():
        assert low - 1e-9 <= figures[name] <= high + 1e-9
    assert {"roc_auc", "average_precision", "equal_error_rate"} <= set(figures["intervals"])


def test_thresholds_are_those_of_the_validation_pictures(trained, figures, predictions):
    half = figures["thresholds"]["half"]
    assert half["accuracy"] == figures["accuracy"]
    for row in figures["thresholds"].values():
        called = predictions["score"].astype(float) >= row["threshold"]
        assert row["accuracy"] == pytest.approx((called == predictions["label"]).mean())
        assert row["recall"] == pytest.approx(called[predictions["label"] == 1].mean())


def test_robustness_and_placebo_are_on_file_and_plotted(trained, figures):
    assert figures["robustness"]["clean"]["accuracy"] == figures["accuracy"]
    assert set(figures["placebo"]) == {"REAL", "FAKE"}
    plotted = pd.read_csv(trained.results / "plots" / "robustness.csv")
    assert dict(zip(plotted["damage"], plotted["accuracy"], strict=True)) == pytest.approx(
        {name: row["accuracy"] for name, row in figures["robustness"].items()}
    )


def test_parts_add_up_to_the_whole(figures, predictions):
    official = int(predictions["official_split"].notna().sum())
    assert 0 < official < len(predictions)
    assert figures["breakdown"]["split"]["official"]["pictures"] == official
    assert set(figures["breakdown"]) == {"class", "source", "size", "split"}, "nothing has a keyword or a generator"
    assert figures["breakdown"]["size"].keys() == {"under 64 pixels"}
    for rows in figures["breakdown"].values():
        for count in ("pictures", "real", "fake"):
            assert sum(row[count] for row in rows.values()) == figures[count]
        assert all(row["roc_auc"] == pytest.approx(figures["roc_auc"]) for row in rows.values() if len(rows) == 1)


def test_repeats_are_left_out_of_the_test_without_duplicates(figures):
    assert figures["repeats"]["whole test"]["accuracy"] == figures["accuracy"]
    rows = pd.DataFrame(
        {
            "label": [0, 0, 1, 1],
            "score": [0.1, 0.9, 0.9, 0.9],
            "repeats_test": [False, True, False, False],
            "repeats_train": [False, False, True, False],
        }
    )
    measured = measure_without_repeats(rows, 0.5)
    assert {name: (part["pictures"], part["accuracy"]) for name, part in measured.items()} == {
        "whole test": (4, 0.75),
        "each picture once": (3, 1.0),
        "none in the original train": (2, 1.0),
    }
    assert "none in the original train" not in measure_without_repeats(rows.assign(repeats_train=True), 0.5)


def test_mirrored_pictures_are_averaged_in_and_told_apart(trained, figures, predictions):
    model = load_model(trained.results / "model.keras")
    manifest = read_table(trained.paths.split("tiny") / "test.parquet", "split@tiny")
    pixels = gather(trained.paths, side_of(model), manifest)
    both = (predict_scores(model, pixels) + predict_scores(model, pixels[:, :, ::-1])) / 2
    labels = predictions["label"].to_numpy()
    assert figures["mirrored"]["accuracy"] == pytest.approx(((both >= figures["threshold"]) == labels).mean())
    assert (both != predictions["score"].to_numpy()).any()


def test_plots_are_tables_that_say_the_same(trained, figures, predictions):
    roc = pd.read_csv(trained.results / "plots/roc.csv")
    assert np.trapezoid(roc["true_positive_rate"], roc["false_positive_rate"]) == pytest.approx(figures["roc_auc"])
    confusion = pd.read_csv(trained.results / "plots/confusion.csv")
    assert (confusion["actual"] == confusion["predicted"]).mean() == pytest.approx(figures["accuracy"])
    assert len(confusion) == len(predictions)


def test_every_plot_is_listed_for_dvc(trained):
    made = {f"plots/{path.name}" for path in (trained.results / "plots").iterdir()}
    assert made == set(PLOTS)
    curves = pd.read_csv(trained.results / "plots/thresholds.csv")
    half = curves[curves["threshold"] == 0.5].iloc[0]
    assert half["accuracy"] == json.loads((trained.results / "metrics.json").read_text())["accuracy"]
    assert len(pd.read_csv(trained.results / "plots/loss.csv")) == 4


def test_evaluating_again_gives_the_same_bytes(trained, copy, monkeypatch):
    shutil.copytree(trained.results, copy.results("before"))
    for made in ("metrics.json", "predictions.parquet", "report.html", *PLOTS):
        (copy.results("tiny") / made).unlink()
    run_stage(monkeypatch, copy.root, "evaluate", "tiny")
    for path in sorted(p for p in trained.results.rglob("*") if p.is_file()):
        assert path.read_bytes() == (copy.results("tiny") / path.relative_to(trained.results)).read_bytes(), path


@pytest.mark.parametrize("label", [None, 0, 1])
def test_a_test_without_both_classes_is_refused(copy, monkeypatch, label):
    manifest = copy.split("tiny") / "test.parquet"
    table = pq.read_table(manifest)
    pq.write_table(table.filter(np.asarray(table["label"]) == (9 if label is None else label)), manifest)
    with pytest.raises(EmptySplitError, match="test split has no"):
        run_stage(monkeypatch, copy.root, "evaluate", "tiny")


def write_garbage(path):
    path.write_text("not a model")


def write_other_size(path):
    save_model(build_model(32, TINY), path)


def write_not_numbers(path):
    model = build_model(16, TINY)
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    save_model(model, path)


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (lambda path: path.unlink(), "no such file"),
        (write_garbage, "not a zip"),
        (write_other_size, "32 pixels a side, and the recipe makes 16"),
        (write_not_numbers, "are not within 0 and 1"),
    ],
)
def test_a_model_that_cannot_be_measured_is_refused(copy, monkeypatch, write, problem):
    write(copy.results("tiny") / "model.keras")
    before = (copy.results("tiny") / "metrics.json").read_bytes()
    with pytest.raises(ModelFileError, match=problem):
        run_stage(monkeypatch, copy.root, "evaluate", "tiny")
    assert (copy.results("tiny") / "metrics.json").read_bytes() == before


def test_figures_of_a_detector_that_always_says_the_same_are_defined():
    rows = pd.DataFrame({"source": "a", "label": [0, 1, 1], "score": [0.1, 0.1, 0.1], "official_split": None})
    figures = measure(rows, 0.5)
    assert (figures["precision"], figures["recall"], figures["mcc"]) == (0.0, 0.0, 0.0)
    assert measure_ranking(rows["label"].to_numpy(), rows["score"].to_numpy())["roc_auc"] == 0.5


@pytest.mark.parametrize(("right", "count"), [(0, 5), (5, 5), (3, 7), (9_700, 10_029)])
def test_intervals_hold_the_share_and_stay_within_bounds(right, count):
    low, high = wilson(right, count)
    assert 0 <= low <= right / count <= high <= 1


def test_intervals_narrow_with_the_number_of_pictures():
    widths = [high - low for low, high in (wilson(n // 2, n) for n in (10, 100, 1000))]
    assert widths == sorted(widths, reverse=True)
