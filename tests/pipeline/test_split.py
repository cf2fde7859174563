import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline.splitting.split_settings import Holdout, Split, SplitCounts

from pipeline.runtime.errors import EmptySplitError, LeakError, ParamsError
from pipeline.split import divide, prove
from pipeline.splitting.placing import SPLITS
from pipeline.splitting.repeats import mark_repeats
from pipeline.storage.labels import Label
from tests.factories import (
    build,
    collect_two_classes,
    encode,
    make_image,
    make_record,
    run_stage,
    write_collected,
    write_project,
)

RATIO = Split(strategy="ratio", val=0.2, test=0.2)
OFFICIAL = Split(strategy="official", val=0.2, test=0.2)
COUNTS = Split(strategy="counts", counts=SplitCounts(train=40, val=5, test=12))
HELD = Split(strategy="ratio", val=0.2, test=0.2, holdout=Holdout(sources=["t"], generators=["Midjourney"]))
EVEN = Split(strategy="ratio", val=0.2, test=0.2, balance="source")
EVERY = st.sampled_from([RATIO, OFFICIAL, COUNTS, HELD, EVEN])


def table(count, source="s", official=None, per_group=1, generator=None):
    """``count`` rows, REAL and FAKE by turns, ``per_group`` pairs of them to a group."""
    return pd.DataFrame(
        {
            "source": source,
            "rank": range(count),
            "id": [f"{source}{i}" for i in range(count)],
            "label": np.arange(count, dtype=np.int8) % 2,
            "row": range(count),
            "official_split": official,
            "generator": generator,
            "group": [f"{source}-{i // (2 * per_group)}" for i in range(count)],
            "turned": None,
            "hash": np.random.default_rng(len(source)).integers(0, 2**64, count, dtype=np.uint64),
        }
    )


def places(divided):
    return dict(zip(divided.kept["id"], divided.kept["split"], strict=True))


# Of fewer pictures, chance may leave a part without a class, which is an error of its own.
@given(st.integers(300, 500), st.integers(1, 3), st.integers(0, 2**31))
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


def sources_of_some_size():
    return pd.concat(
        [
            table(300, "s"),
            table(200, "t"),
            table(120, "official", official="test"),
            table(100, generator="Midjourney"),
        ],
        ignore_index=True,
    ).assign(rank=lambda rows: range(len(rows)), id=lambda rows: [f"id{i}" for i in range(len(rows))])


@given(EVERY, st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_whatever_the_strategy_groups_are_whole_and_everybody_is_accounted_for(strategy, seed):
    rows = sources_of_some_size()
    divided = divide(rows, strategy, seed)
    assert sorted([*divided.kept["id"], *divided.dropped["id"]]) == sorted(rows["id"])
    assert divided.kept.groupby("group")["split"].nunique().max() == 1
    assert divided.dropped["reason"].notna().all()


@given(EVERY, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_input_does_not_matter(strategy, random):
    rows = sources_of_some_size()
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = rows.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        divide(rows.reset_index(drop=True), strategy, 1).kept.reset_index(drop=True),
        divide(shuffled, strategy, 1).kept.reset_index(drop=True),
    )


@given(EVERY, st.integers(0, 400), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_a_new_source_moves_nobody_to_another_split(strategy, count, seed):
    old = sources_of_some_size().reset_index(drop=True)
    before = places(divide(old, strategy, seed))
    after = places(divide(pd.concat([old, table(count, "more")], ignore_index=True), strategy, seed))
    common = before.keys() & after.keys()
    # Where sources are balanced, a small new one makes the others give way.
    assert common
    assert all(before[name] == after[name] for name in common)


@given(EVERY, st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_twins_stay_together(strategy, seed):
    # Rows 2i and 2i+1 are a photograph and its fake: deduplicate gives them one group.
    divided = divide(table(400), strategy.model_copy(update={"holdout": Holdout()}), seed)
    for _, twins in divided.kept.groupby("group"):
        assert twins["split"].nunique() == 1
    assert divided.kept["group"].duplicated().any()


@pytest.mark.parametrize(("val", "test"), [(0.1, 0.1), (0.1, 0.2), (0.16, 0.2), (0.05, 0.5)])
def test_any_ratio_can_be_asked_for(val, test):
    kept = divide(table(6000), Split(strategy="ratio", val=val, test=test), 1).kept["split"]
    shares = kept.value_counts(normalize=True)
    assert shares["test"] == pytest.approx(test, abs=0.025)
    assert shares["val"] == pytest.approx(val, abs=0.025)


def test_counts_are_exact_in_both_classes():
    rows = table(400)
    divided = divide(rows, COUNTS, 1)
    counted = divided.kept.groupby(["split", "label"]).size()
    assert {split: set(counted[split]) for split in SPLITS} == {"train": {40}, "val": {5}, "test": {12}}
    assert set(divided.dropped["reason"]) == {"surplus"}


def test_counts_that_cannot_be_had_are_refused():
    with pytest.raises(EmptySplitError, match=r"split \w+ can have \d+ \w+ pictures and the recipe asks for \d+"):
        divide(table(80), COUNTS, 1)


def test_balance_per_source_gives_every_source_of_a_class_as_many():
    real = [table(400, "a").query("label == 0"), table(100, "b").query("label == 0")]
    fake = [table(size, name).query("label == 1") for name, size in (("c", 300), ("d", 200), ("e", 250))]
    divided = divide(pd.concat([*real, *fake], ignore_index=True), EVEN, 1)
    for split in SPLITS:
        here = divided.kept[divided.kept["split"] == split]
        assert (here["label"] == 0).sum() == (here["label"] == 1).sum()
        for label in Label:
            counts = here[here["label"] == label]["source"].value_counts()
            assert len(counts) == (2 if label is Label.REAL else 3)
            assert counts.max() - counts.min() <= 1


def test_what_is_held_out_is_in_the_test_only():
    rows = sources_of_some_size()
    divided = divide(rows, HELD, 1)
    held = divided.kept[(divided.kept["source"] == "t") | (divided.kept["generator"] == "Midjourney")]
    assert len(held)
    assert set(held["split"]) == {"test"}
    # The group of a picture that is held out goes with it, or goes.
    known = rows[(rows["source"] == "s") & rows["generator"].isna()]
    mixed = known["group"].isin(rows[rows["generator"].notna()]["group"])
    seen = divided.kept[divided.kept["split"] != "test"]
    assert not seen["id"].isin(known[mixed]["id"]).any()
    assert "leaks-into-test" in set(divided.dropped["reason"])


def test_a_generator_is_known_from_collecting_to_splitting(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    recipe = paths.recipe("tiny")
    holdout = "test: 0.2, holdout: {generators: [Midjourney]}"
    recipe.write_text(recipe.read_text().replace("test: 0.2", holdout))
    collect_two_classes(paths, 40)
    makers = ["Midjourney", "DALL-E 2"]
    fakes = [(i, encode(make_image(10_000 + i)), makers[i % 2]) for i in range(40)]
    records = [make_record("fakes", i, data, Label.FAKE, generator=maker) for i, data, maker in fakes]
    write_collected(paths, "fakes", records)
    build(monkeypatch, tmp_path, "split")
    seen = {s: set(pq.read_table(paths.split("tiny") / f"{s}.parquet")["generator"].to_pylist()) for s in SPLITS}
    assert seen["train"] == seen["val"] == {None, "DALL-E 2"}
    assert "Midjourney" in seen["test"]
    recipe.write_text(recipe.read_text().replace("[Midjourney]", "[Midjurney]"))
    with pytest.raises(ParamsError, match="by 'Midjurney'; known: DALL-E 2, Midjourney"):
        run_stage(monkeypatch, tmp_path, "split", "tiny")


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
    for name in (kept.loc[first, "id"], kept.loc[other, "id"]):
        with pytest.raises(LeakError, match=rf"\b{name} in (train|test)"):
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


#: The hash of a picture that shows something: as many bits set as not.
BUSY = np.uint64(0xAAAAAAAAAAAAAAAA)


def test_a_source_with_copies_of_what_is_there_moves_nobody(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    collect_two_classes(paths, 40)
    build(monkeypatch, tmp_path, "split")

    def where():
        tables = {split: pq.read_table(paths.split("tiny") / f"{split}.parquet").to_pylist() for split in SPLITS}
        return {(row["source"], row["rank"]): split for split, rows in tables.items() for row in rows}

    before = where()
    params = tmp_path / "params.yaml"
    more = "  more: {collector: folder, path: more, label: REAL}\ncollect:"
    params.write_text(params.read_text().replace("collect:", more, 1))
    copies = [make_record("more", i, encode(make_image(i), quality=60)) for i in range(20)]
    strangers = [make_record("more", i, encode(make_image(500 + i))) for i in range(20, 40)]
    write_collected(paths, "more", copies + strangers)
    build(monkeypatch, tmp_path, "split", ["photos", "fakes", "more"])
    after = where()
    assert any(source == "more" for source, _ in after)
    common = before.keys() & after.keys()
    assert len(common) > len(before) / 2
    assert all(before[key] == after[key] for key in common)


def test_what_a_test_repeats_is_marked():
    test = table(6).assign(hash=BUSY ^ np.array([0, 2**20 - 1, 1, 0, 2**40 - 1, 2**60 - 1], np.uint64))
    test = test.iloc[::-1]
    far = 2**40 - 1 - 0b111
    dropped = pd.DataFrame(
        {
            "official_split": ["train", "train", None],
            "hash": BUSY ^ np.array([0b11, far, 2**60 - 1], np.uint64),
            "turned": None,
        }
    )
    marked = mark_repeats(test, dropped, 4)
    assert marked["id"].tolist() == test["id"].tolist()
    by_rank = marked.set_index("rank").sort_index()
    assert by_rank["repeats_test"].tolist() == [False, False, True, True, False, False]
    assert by_rank["repeats_train"].tolist() == [True, False, True, True, True, False]
    alone = mark_repeats(test, dropped[:0], 4)
    assert alone["repeats_test"].sum() == 2
    assert not alone["repeats_train"].any()


def test_the_manifest_of_an_official_test_tells_what_the_data_set_repeats(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    collect_two_classes(paths, 40)
    recipe = paths.recipe("tiny")
    recipe.write_text(recipe.read_text().replace("strategy: ratio", "strategy: official"))
    photos = [make_record("photos", i, encode(make_image(i)), official_split="train") for i in range(60)]
    tested = [(60, 3, 95), (61, 70, 95), (62, 70, 60), (63, 71, 95)]
    photos += [
        make_record("photos", rank, encode(make_image(picture), quality=quality), official_split="test")
        for rank, picture, quality in tested
    ]
    write_collected(paths, "photos", photos)
    build(monkeypatch, tmp_path, "split")
    test = pq.read_table(paths.split("tiny") / "test.parquet").to_pandas()
    official = test[test["official_split"] == "test"].set_index("rank").sort_index()
    assert official.index.tolist() == [60, 61, 62, 63]
    assert official["repeats_test"].tolist() == [False, False, True, False]
    assert official["repeats_train"].tolist() == [True, False, False, False]
    proof = json.loads((paths.split("tiny") / "proof.json").read_text())["test"]
    assert proof == {
        "pictures": len(test),
        "each_once": len(test) - 1,
        "each_once_and_not_in_the_original_train": len(test) - 2,
    }
