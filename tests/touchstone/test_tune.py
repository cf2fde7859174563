import json

import numpy as np
import optuna
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.config.recipe import parse_recipe
from pipeline.config.search_space import set_values
from pipeline.runtime.errors import ParamsError
from pipeline.runtime.paths import Paths
from tests.factories import write_project
from touchstone.commands.tuning_study import count_done, open_study, stop_hopeless

SEARCH = {
    "train.learning_rate": {"low": 0.001, "high": 0.05, "log": True},
    "model.dense.0": {"low": 4, "high": 8},
    "train.batch_size": {"choices": [8, 16]},
}


def write_stages(paths, count=48, size=16):
    """What `augment`, `split` and `resize` would have written: REAL is dark, FAKE is bright."""
    labels = (np.arange(count) % 2).astype(np.int8)
    noise = np.random.default_rng(4).integers(0, 100, (count, size, size, 3))
    pixels = (noise + 120 * labels[:, None, None, None].astype(int)).astype(np.uint8)
    for folder in (paths.augmented("tiny"), paths.split("tiny"), paths.resized("photos") / str(size)):
        folder.mkdir(parents=True)
    np.save(paths.augmented("tiny") / "pixels.npy", pixels)
    np.save(paths.resized("photos") / str(size) / "pixels.npy", pixels)
    pq.write_table(pa.table({"label": labels}), paths.augmented("tiny") / "index.parquet")
    manifest = {"source": ["photos"] * 20, "row": np.arange(20, dtype=np.int64), "label": labels[:20]}
    pq.write_table(pa.table(manifest), paths.split("tiny") / "val.parquet")


@pytest.fixture
def project(tmp_path):
    paths = write_project(tmp_path)
    write_stages(paths)
    recipe = yaml.safe_load(paths.recipe("tiny").read_text())
    recipe["train"]["epochs"] = 2
    paths.recipe("tiny").write_text(yaml.safe_dump(recipe | {"search": SEARCH}))
    return tmp_path


def test_a_search_goes_on_where_it_was_and_gives_a_recipe_with_its_history(touchstone, project):
    assert touchstone(project, "tune", "tiny", "--trials", "1").code == 0
    done = touchstone(project, "tune", "tiny", "--trials", "3", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert [row["number"] for row in found["trials"]] == list(range(3))
    finished = [row["value"] for row in found["trials"] if row["state"] == "COMPLETE"]
    assert found["accuracy"] == max(finished)
    tried = [row["train.learning_rate"] for row in found["trials"]]
    assert len(set(tried)) == 3
    assert all(0.001 <= rate <= 0.05 for rate in tried)

    text = Paths(project).recipe("tiny_tuned").read_text()
    recipe = parse_recipe("recipes/tiny_tuned.yaml", yaml.safe_load(text))
    assert recipe.train.learning_rate == found["values"]["train.learning_rate"]
    assert recipe.model.dense[0] == found["values"]["model.dense.0"]
    assert [line.split(":")[0] for line in text.splitlines()[1:4]] == [f"# {number}" for number in range(3)]
    files = {file.rsplit("/")[-1]: project / file for file in found["files"]}
    assert {"trials.csv", "history.png", "slices.png", "importances.png", "parallel.png"} <= files.keys()
    assert all(file.stat().st_size for file in files.values())

    again = touchstone(project, "tune", "tiny", "--trials", "3")
    assert "epoch" not in again.out
    assert f"number {found['best']}" in again.out


def search(project, **allowed):
    recipe = Paths(project).recipe("tiny")
    recipe.write_text(yaml.safe_dump(yaml.safe_load(recipe.read_text()) | {"search": allowed}))


def test_a_trial_that_diverges_is_a_bad_one_and_the_search_goes_on(touchstone, project):
    search(project, **{"train.learning_rate": {"choices": [0.01, 1e38]}})
    done = touchstone(project, "tune", "tiny", "--trials", "4", "--json")
    assert done.code == 0, done.err
    ended = {row["train.learning_rate"]: row["state"] for row in json.loads(done.out)["trials"]}
    assert ended == {0.01: "COMPLETE", 1e38: "PRUNED"}
    assert "Traceback" not in done.err


def test_a_search_in_which_all_diverge_says_so(touchstone, project):
    search(project, **{"train.learning_rate": {"choices": [1e38]}})
    done = touchstone(project, "tune", "tiny", "--trials", "2")
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("touchstone: error: none of 2 trials came to its end")


def test_a_recipe_that_was_edited_begins_another_study(touchstone, project):
    assert touchstone(project, "tune", "tiny", "--trials", "2").code == 0
    search(project, **{"train.batch_size": {"choices": [8, 16, 32]}})
    done = touchstone(project, "tune", "tiny", "--trials", "1", "--json")
    assert done.code == 0, done.err
    (trial,) = json.loads(done.out)["trials"]
    assert trial["train.batch_size"] in {8, 16, 32}


def test_a_trial_that_does_worse_than_half_of_the_others_is_ended_and_kept(tmp_path):
    study = open_study(tmp_path / "study.db", "tiny", 1)
    for accuracy in (0.7, 0.8, 0.9, 0.95):
        study.add_trial(optuna.trial.create_trial(value=accuracy, intermediate_values={0: accuracy, 1: accuracy}))
    good, hopeless = study.ask(), study.ask()
    stop_hopeless(good).on_epoch_end(0, {"val_accuracy": 0.9})
    with pytest.raises(optuna.TrialPruned):
        stop_hopeless(hopeless).on_epoch_end(0, {"val_accuracy": 0.6})
    study.tell(hopeless, state=optuna.trial.TrialState.PRUNED)
    assert count_done(study) == 5
    # Opened again, as after a kill: what was running has failed, and counts for nothing.
    again = open_study(tmp_path / "study.db", "tiny", 1)
    assert again.trials[4].state == optuna.trial.TrialState.FAIL
    assert count_done(again) == 5


def test_a_recipe_without_a_search_is_asked_for_one(touchstone, project):
    recipe = Paths(project).recipe("tiny")
    recipe.write_text(yaml.safe_dump(yaml.safe_load(recipe.read_text()) | {"search": {}}))
    done = touchstone(project, "tune", "tiny")
    assert done.code == 10
    assert "recipes/tiny.yaml: search: is missing" in done.err


@pytest.mark.parametrize("key", ["size", "split.val", "model.filters.9", "model.name.x", "augment.copies"])
def test_what_cannot_be_searched_is_named(key):
    with pytest.raises(ParamsError, match=f"search.{key}"):
        set_values("x.yaml", {"model": {"name": "a", "filters": [1]}}, {key: 1})


@pytest.mark.parametrize(
    "given",
    [{}, {"low": 1}, {"low": 2, "high": 1}, {"low": 1, "high": 2, "choices": [1]}, {"low": 0, "high": 1, "log": True}],
)
def test_ranges_that_are_none_are_refused(given, tmp_path):
    content = yaml.safe_load(write_project(tmp_path).recipe("tiny").read_text())
    with pytest.raises(ParamsError, match="search"):
        parse_recipe("x.yaml", content | {"search": {"train.epochs": given}})
