import json
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import pipeline.training.seed_runs as trainings
from tests.factories import run_stage

#: In the order in which they are trained.
SEEDS = (42, 43)


@pytest.fixture(scope="module")
def several(trained, tmp_path_factory):
    """The trained project with two seeds: killed in the second, started again, evaluated."""
    paths = type(trained.paths)(tmp_path_factory.mktemp("seeds") / "project")
    shutil.copytree(trained.paths.root, paths.root)
    recipe = paths.recipe("tiny")
    recipe.write_text(recipe.read_text().replace("train: {", "train: {seeds: 2, "))
    shutil.rmtree(paths.results("tiny"))
    shutil.copytree(trained.results, paths.results("tiny"), ignore=shutil.ignore_patterns("training", "model.keras"))
    with pytest.MonkeyPatch.context() as patch:
        undisturbed, begun = trainings.train, []

        def die_in_the_second(recipe, sets, seed, *more):
            begun.append(seed)
            if begun == list(SEEDS):
                raise KeyboardInterrupt
            return undisturbed(recipe, sets, seed, *more)

        patch.setattr(trainings, "train", die_in_the_second)
        with pytest.raises(KeyboardInterrupt):
            run_stage(patch, paths.root, "train", "tiny")
        run_stage(patch, paths.root, "train", "tiny")
        run_stage(patch, paths.root, "evaluate", "tiny")
    return SimpleNamespace(paths=paths, results=paths.results("tiny"), begun=begun)


@pytest.fixture(scope="module")
def listed(several):
    return json.loads(several.paths.seed_list("tiny").read_text())


def test_a_finished_seed_is_not_trained_again(several):
    assert several.begun == [42, 43, 43]
    assert not several.paths.seeds("tiny").exists()
    assert not several.paths.checkpoint("tiny").exists()


def test_each_seed_comes_to_what_it_would_alone(trained, several, listed):
    alone = (trained.results / "model.keras").read_bytes()
    kept = several.results / "model.keras"
    first = kept if listed["kept"] == 42 else several.paths.seed_model("tiny", 42)
    assert first.read_bytes() == alone
    other = several.paths.seed_model("tiny", 43) if listed["kept"] == 42 else kept
    assert other.read_bytes() != alone


def test_one_seed_after_several_leaves_nothing_of_the_others(several, tmp_path, monkeypatch):
    paths = type(several.paths)(tmp_path / "project")
    shutil.copytree(several.paths.root, paths.root)
    recipe = paths.recipe("tiny")
    recipe.write_text(recipe.read_text().replace("seeds: 2, ", ""))
    run_stage(monkeypatch, paths.root, "train", "tiny")
    assert not paths.seed_list("tiny").exists()
    assert not paths.seed_model("tiny", 43).parent.exists()


def test_the_best_on_validation_is_kept_with_its_curves(several, listed):
    best = max(listed["seeds"], key=lambda each: (each["accuracy"], -each["loss"], -each["seed"]))
    assert listed["kept"] == best["seed"]
    assert [each["seed"] for each in listed["seeds"]] == list(SEEDS)
    models = sorted(path.name for path in (several.results / "training" / "seeds").iterdir())
    assert models == [f"{seed}.keras" for seed in SEEDS if seed != listed["kept"]]
    accuracies = pd.read_csv(several.results / "training/plots/metrics/eval/accuracy.tsv", sep="\t")["accuracy"]
    assert accuracies.iloc[best["epoch"] - 1] == pytest.approx(best["accuracy"])


def test_figures_have_a_mean_and_a_deviation(trained, several, listed):
    figures = json.loads((several.results / "metrics.json").read_text())
    found = figures["seeds"]
    assert found["kept"] == listed["kept"]
    assert found["each"][str(found["kept"])]["accuracy"] == figures["accuracy"]
    for name in ("accuracy", "roc_auc", "mcc", "equal_error_rate"):
        values = [found["each"][str(seed)][name] for seed in SEEDS]
        assert found["mean"][name] == pytest.approx(np.mean(values))
        assert found["deviation"][name] == pytest.approx(np.std(values, ddof=1))
    assert found["mean_accuracy"]["whole test"] == pytest.approx(found["mean"]["accuracy"])
    assert 0 <= found["mean_accuracy"]["mirrored"] <= 1
    assert "the mean of 2 seeds" in (several.results / "report.html").read_text()
    assert "seeds" not in json.loads((trained.results / "metrics.json").read_text())


def test_scores_of_all_seeds_are_laid_beside_other_recipes(several, listed, monkeypatch):
    scores = pd.read_parquet(several.paths.scores("tiny"))
    assert sorted(scores["seed"].unique()) == list(SEEDS)
    kept = scores[scores["kept"]]
    predictions = pd.read_parquet(several.results / "predictions.parquet")
    assert set(kept["seed"]) == {listed["kept"]}
    np.testing.assert_array_equal(kept["score"], predictions["score"])
    run_stage(monkeypatch, several.paths.root, "compare")
    assert "2 seeds: mean" in several.paths.comparison.read_text()
