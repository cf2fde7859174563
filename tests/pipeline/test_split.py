import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.parts.errors import EmptySplitError, LeakError
from pipeline.parts.recipe import Split
from pipeline.split import SPLITS, divide, prove
from tests.factories import build, collect_two_classes, write_project

RATIO = Split(strategy="ratio", val=0.2, test=0.2)
OFFICIAL = Split(strategy="official", val=0.2, test=0.2)


def table(count, source="s", official=None, per_group=1):
    """``count`` rows, REAL and FAKE by turns, ``per_group`` pairs of them to a group."""
    return pd.DataFrame(
        {
            "source": source,
            "rank": range(count),
            "id": [f"{source}{i}" for i in range(count)],
            "label": np.arange(count, dtype=np.int8) % 2,
            "row": range(count),
            "official_split": official,
            "group": [f"{source}-{i // (2 * per_group)}" for i in range(count)],
            "hash": np.random.default_rng(len(source)).integers(0, 2**64, count, dtype=np.uint64),
        }
    )


def places(divided):
    return dict(zip(divided.kept["id"], divided.kept["split"], strict=True))


@given(st.integers(100, 300), st.integers(1, 3), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_classes_are_even_groups_whole_and_nothing_lost(count, per_group, seed):
    rows = table(count, per_group=per_group)
    divided = divide(rows, RATIO, seed)
    assert len(divided.kept) + len(divided.dropped) == count
    assert divided.kept.groupby("group")["split"].nunique().max() == 1
    for split in SPLITS:
        labels = divided.kept[divided.kept["split"] == split]["label"]
        assert (labels == 0).sum() == (labels == 1).sum()
    assert set(divided.dropped["reason"]) <= {"balance"}


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_order_of_input_does_not_matter(random):
    rows = table(120)
    order = list(range(120))
    random.shuffle(order)
    shuffled = rows.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        divide(rows, RATIO, 1).kept.reset_index(drop=True), divide(shuffled, RATIO, 1).kept.reset_index(drop=True)
    )


def test_a_new_source_moves_nobody_to_another_split():
    old = table(200)
    before = places(divide(old, RATIO, 1))
    after = places(divide(pd.concat([old, table(300, "more")], ignore_index=True), RATIO, 1))
    common = before.keys() & after.keys()
    assert len(common) > 150
    assert all(before[name] == after[name] for name in common)


def test_ratios_are_kept():
    kept = divide(table(4000), RATIO, 1).kept["split"].value_counts(normalize=True)
    assert kept["test"] == pytest.approx(0.2, abs=0.03)
    assert kept["val"] == pytest.approx(0.2, abs=0.03)


def test_an_official_test_is_all_the_test_there_is_and_stays_whole():
    official = ["test"] * 61 + ["train"] * 239
    divided = divide(table(300, official=official), OFFICIAL, 1)
    kept = divided.kept
    assert sorted(kept[kept["split"] == "test"]["id"]) == sorted(f"s{i}" for i in range(61))
    # The group of the last test picture holds a training picture too.
    assert divided.dropped[divided.dropped["reason"] == "leaks-into-test"]["id"].tolist() == ["s61"]


def test_official_splits_are_ignored_by_ratio():
    official = ["test"] * 60 + ["train"] * 240
    split = places(divide(table(300, official=official), RATIO, 1))
    assert "train" in {split[name] for name in split if int(name[1:]) < 60}


def test_the_larger_class_gives_way():
    rows = table(400)
    rows = rows[(rows["label"] == 0) | (rows["rank"] < 100)].reset_index(drop=True)
    divided = divide(rows, RATIO, 1)
    assert (divided.kept["label"] == 0).sum() == (divided.kept["label"] == 1).sum() == 50
    assert (divided.dropped["label"] == 0).all()


def test_too_few_pictures_are_refused():
    with pytest.raises(EmptySplitError, match="has no"):
        divide(table(4), RATIO, 1)


def test_a_leak_is_found_and_named():
    kept = divide(table(100), RATIO, 1).kept.reset_index(drop=True)
    assert prove(kept, "phash", 4)["near_duplicate_pairs_across_splits"] == 0
    first, other = kept.index[kept["split"] == "train"][0], kept.index[kept["split"] == "test"][0]
    planted = kept.copy()
    planted.loc[other, "hash"] = planted.loc[first, "hash"] ^ np.uint64(0b1011)
    with pytest.raises(LeakError, match="at distance 3"):
        prove(planted, "phash", 4)
    torn = kept.copy()
    torn.loc[other, "group"] = torn.loc[first, "group"]
    with pytest.raises(LeakError, match="stands in two splits"):
        prove(torn, "phash", 4)


def test_the_stage_writes_manifests_and_its_proof(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    collect_two_classes(paths, 40)
    build(monkeypatch, tmp_path, "split")
    parts = {split: pq.read_table(paths.split("tiny") / f"{split}.parquet").to_pylist() for split in SPLITS}
    dropped = pq.read_table(paths.split("tiny") / "dropped.parquet").to_pylist()
    everybody = [(row["source"], row["rank"]) for rows in [*parts.values(), dropped] for row in rows]
    assert len(everybody) == len(set(everybody)) == 80
    proof = json.loads((paths.split("tiny") / "proof.json").read_text())
    assert proof["near_duplicate_pairs_across_splits"] == 0
    assert sum(sum(count.values()) for count in proof["counts"].values()) == sum(map(len, parts.values()))
    labels = [row["label"] for row in parts["train"]]
    assert labels != sorted(labels)
