"""A decision of a person changes the next build: the picture, and nothing but what depends on it."""

import json
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest

from app.reviewing.decisions import decide
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label
from tests.factories import run_stage
from tests.touchstone.builds import run

WHY = {"drop": "a screenshot, no photograph", "FAKE": "the hand has six fingers"}


def places(paths):
    """The split of every picture, by its id."""
    parts = ("train", "val", "test")
    return {
        row["id"]: part for part in parts for row in pq.read_table(paths.split("tiny") / f"{part}.parquet").to_pylist()
    }


def choose(paths, count):
    """Photographs of the training set that are like no other one."""
    groups = pd.read_parquet(paths.deduplicated / "groups.parquet")
    alone = set(groups.loc[groups["members"] == 1, "id"])
    rows = pq.read_table(paths.split("tiny") / "train.parquet").to_pylist()
    return sorted(row["id"] for row in rows if row["source"] == "photos" and row["id"] in alone)[:count]


@pytest.fixture(scope="module")
def reviewed(built, tmp_path_factory):
    """A copy of the project in which two photographs were decided on, before and after the next build.

    Their ids by what was decided, the splits before, what `dvc status` said, and what `dvc repro` did.
    """
    paths = Paths(tmp_path_factory.mktemp("reviewed") / "project")
    shutil.copytree(built.root, paths.root, symlinks=True)
    ids = dict(zip(WHY, choose(paths, len(WHY)), strict=True))
    before = places(paths)
    for decision, name in ids.items():
        decide(paths.root, {name: decision}, WHY[decision])
    status = json.loads(run(paths.root, "dvc", "status", "--json").stdout)
    pending = run(paths.root, "touchstone", "why", ids["drop"]).stdout
    done = run(paths.root, "dvc", "repro", "split@tiny").stdout
    return paths, ids, before, status, pending, done


def test_a_decision_is_pending_until_the_next_build(reviewed):
    _, _, _, status, pending, _ = reviewed
    changed = {stage: what for stage, (what, *_) in status.items()}
    assert changed == {
        stage: {"changed deps": {"datasets/reviews.json": "modified"}} for stage in ("deduplicate", "card@tiny")
    }
    assert "fate           kept" in pending
    assert "to be dropped, on" in pending
    assert "it takes effect at the next `dvc repro`" in pending
    assert WHY["drop"] in pending


def test_only_what_depends_on_it_runs_again(reviewed):
    done = reviewed[-1]
    ran = {line.split("'")[1] for line in done.splitlines() if line.startswith("Running stage")}
    assert ran == {"deduplicate", "resize@photos", "split@tiny"}


def test_the_pictures_are_what_was_decided_and_nobody_else_moves(reviewed):
    paths, ids, before, *_ = reviewed
    after = places(paths)
    assert ids["drop"] not in after
    lists = [pq.read_table(paths.keep_list(source)).to_pylist() for source in ("photos", "fakes")]
    assert ids["drop"] not in {row["id"] for rows in lists for row in rows}
    (gone,) = [
        row for row in pq.read_table(paths.deduplicated / "duplicates.parquet").to_pylist() if row["id"] == ids["drop"]
    ]
    assert (gone["reason"], gone["survivor_id"]) == ("reviewed", None)
    for manifest in (paths.keep_list("photos"), paths.resized("photos") / "index.parquet"):
        (row,) = [row for row in pq.read_table(manifest).to_pylist() if row["id"] == ids["FAKE"]]
        assert row["label"] == Label.FAKE
    moved = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    assert moved == set()


def test_why_export_and_diff_tell_the_label_that_counts(reviewed, touchstone, tmp_path):
    paths, ids, *_ = reviewed
    (told,) = json.loads(touchstone(paths.root, "why", ids["FAKE"], "--json").out)["pictures"]
    assert (told["label"], told["collected"]["label"]) == (Label.FAKE, Label.REAL)
    assert (told["review"]["effect"], told["review"]["why"]) == ("honoured", WHY["FAKE"])
    shown = touchstone(paths.root, "why", ids["drop"]).out
    assert "dropped by deduplicate, reviewed" in shown
    assert WHY["drop"] in shown
    assert "next `dvc repro`" not in shown

    changes = json.loads(touchstone(paths.root, "diff", "HEAD", "--json").out)
    assert [row["id"] for row in changes["relabelled"]] == [ids["FAKE"]]
    assert [(row["id"], row["reason"]) for row in changes["went"]] == [(ids["drop"], "reviewed")]

    out = tmp_path / "out"
    assert touchstone(paths.root, "export", "--to", "imagefolder", out, "--all").code == 0
    assert [file.parent.name for file in out.rglob(f"{ids['FAKE']}.*")] == ["1_fake"]


def test_the_card_says_how_many_were_looked_at(reviewed, monkeypatch):
    paths = reviewed[0]
    run_stage(monkeypatch, paths.root, "augment", "tiny")
    run_stage(monkeypatch, paths.root, "card", "tiny")
    text = (paths.cards / "tiny.md").read_text()
    assert "People looked at 1 of the pictures one by one: 1 stand under another label" in text
    assert "and 1 others were dropped" in text
    assert "| deduplicate | photos | reviewed | 1 |" in text
