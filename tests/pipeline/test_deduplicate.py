import io

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.decisions.remembered_groups import join_remembered, name_remembered
from pipeline.deduplicating.deduplicate_settings import Deduplicate
from pipeline.runtime.errors import CrossLabelError
from pipeline.similarity.neighbour_graph import choose_survivors, distances, find_kinship, measure_groups, name_groups
from pipeline.storage.labels import Label
from tests.factories import (
    encode,
    make_image,
    make_record,
    photograph,
    run_stage,
    settle,
    write_collected,
    write_project,
)

SETTINGS = Deduplicate(hash="phash", max_distance=4, cross_label="drop")


#: The hash of a picture that shows something: as many bits set as not.
BUSY = np.uint64(0xAAAAAAAAAAAAAAAA)


def table(hashes, **columns):
    """Rows with these hashes, as bits that differ from those of a picture that shows something."""
    n = len(hashes)
    rows = pd.DataFrame(
        {
            "source": "s",
            "rank": range(n),
            "id": [f"id{i}" for i in range(n)],
            "label": np.zeros(n, np.int8),
            "pair": None,
            "official_split": None,
            "generator": None,
            "shard": 0,
            "row": range(n),
            "width": 64,
            "height": 64,
            "bytes": 1000,
            "evidence": "none",
            "pixels_id": [f"pixels{i}" for i in range(n)],
            "phash": np.array(hashes, dtype=np.uint64) ^ BUSY,
        }
    )
    return rows.assign(**columns)


def test_the_larger_picture_stays_then_the_heavier_then_the_first():
    kept = settle(table([0, 1, 3], width=[64, 128, 64]), SETTINGS).keep
    assert kept["rank"].tolist() == [1]
    assert settle(table([0, 1, 3], bytes=[5, 6, 9]), SETTINGS).keep["rank"].tolist() == [2]
    assert settle(table([0, 1, 3]), SETTINGS).keep["rank"].tolist() == [0]


def test_evidence_for_the_label_comes_before_size():
    rows = table([0, 1, 3], width=[640, 64, 320], evidence=["ai", "capture", "none"])
    assert settle(rows, SETTINGS).keep["rank"].tolist() == [1]
    fakes = rows.assign(label=np.int8(1))
    assert settle(fakes, SETTINGS).keep["rank"].tolist() == [0]
    assert settle(rows.assign(evidence=["ai", "none", "ai"]), SETTINGS).keep["rank"].tolist() == [1]


def test_a_chain_keeps_its_far_ends_in_one_group():
    # 0 - 4 bits - 15 - 4 bits - 255: the ends are 8 bits apart.
    found = settle(table([0, 15, 255]), SETTINGS)
    assert found.keep["rank"].tolist() == [0, 2]
    assert found.groups["group"].tolist() == ["id0", "id0"]
    assert found.groups[["members", "diameter"]].values.tolist() == [[3, 8], [3, 8]]
    assert found.dropped["group"].tolist() == ["id0"]
    assert found.dropped[["id", "survivor_id", "distance", "reason"]].values.tolist() == [
        ["id1", "id0", 4, "near-duplicate"]
    ]


def test_every_drop_names_its_survivor_and_reason():
    rows = table([7, 7, 7], id=["a", "a", "b"], pixels_id=["p", "p", "p"])
    dropped = settle(rows, SETTINGS).dropped
    assert dropped["reason"].tolist() == ["duplicate-bytes", "duplicate-pixels"]
    assert dropped["survivor_rank"].tolist() == [0, 0]


def test_the_same_picture_under_both_labels():
    rows = table([0, 1, 2**40 - 1], label=np.array([0, 1, 0], np.int8))
    found = settle(rows, SETTINGS)
    assert found.keep["rank"].tolist() == [2]
    assert found.dropped["reason"].tolist() == ["cross-label", "cross-label"]
    assert found.dropped["survivor_id"].isna().all()
    reported = settle(rows, SETTINGS.model_copy(update={"cross_label": "report"}))
    assert 2 in reported.keep["rank"].tolist()
    assert len(reported.pairs) == 1
    with pytest.raises(CrossLabelError, match="2 pictures"):
        settle(rows, SETTINGS.model_copy(update={"cross_label": "fail"}))


def test_an_official_test_stays_whole():
    rows = table([5, 5, 5, 5], official_split=["train", "test", "test", None], width=[640, 64, 64, 640])
    found = settle(rows, SETTINGS)
    assert found.keep["rank"].tolist() == [1, 2]
    assert found.dropped["survivor_rank"].tolist() == [1, 1]


@pytest.mark.parametrize("flat", [0, 2**64 - 1, 2**63, 0b1111])
def test_flat_pictures_join_nothing_but_the_same_pixels(flat):
    rows = table(np.array([flat, flat, flat, flat ^ 1], np.uint64) ^ BUSY, pixels_id=["p", "p", "q", "r"])
    found = settle(rows, SETTINGS)
    assert found.keep["rank"].tolist() == [0, 2, 3]
    assert found.dropped["reason"].tolist() == ["duplicate-pixels"]
    assert found.groups["group"].tolist() == ["id0", "id2", "id3"]


def test_twins_share_a_group():
    rows = table([0, 2**32 - 1, 2**64 - 1], pair=["t", None, "t"])
    assert settle(rows, SETTINGS).groups["group"].tolist() == ["id0", "id1", "id0"]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**64 - 1)), max_size=30))
@settings(max_examples=100, deadline=None)
def test_groups_are_measured_as_brute_force_would(rows):
    rows = [(min(name, max(0, len(rows) - 1)), value) for name, value in rows]
    names, values = [name for name, _ in rows], [value for _, value in rows]
    hashes = np.array(values, dtype=np.uint64)[:, None]
    members, diameter, exact = measure_groups(np.array(names, dtype=np.int64), hashes)
    for i, (name, _) in enumerate(rows):
        own = [value for other, value in rows if other == name]
        assert members[i] == len(own)
        assert exact[i]
        assert diameter[i] == max((a ^ b).bit_count() for a in own for b in own)


def test_the_diameter_of_a_huge_group_is_a_bound():
    hashes = np.random.default_rng(0).integers(0, 2**20, 2_500, dtype=np.uint64)[:, None]
    members, diameter, exact = measure_groups(np.zeros(len(hashes), dtype=np.int64), hashes)
    apart = max(int(np.bitwise_count(hashes ^ value).max()) for value in hashes[:50])
    assert not exact.any()
    assert apart <= diameter[0] <= 40
    assert members[0] == len(hashes)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=40), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_deduplicating_twice_is_once_and_nothing_is_lost(values, random):
    spread = [sum((value >> bit & 1) * (0b111 << 3 * bit) for bit in range(8)) for value in values]
    rows = table(spread, bytes=[random.randrange(5) for _ in spread])
    once = settle(rows, SETTINGS)
    assert sorted(once.keep["rank"].tolist() + once.dropped["rank"].tolist()) == list(range(len(rows)))
    kept = rows[rows["rank"].isin(once.keep["rank"])]
    assert len(settle(kept, SETTINGS).dropped) == 0
    by_rank = rows.set_index("rank")["phash"]
    for row in once.dropped.itertuples():
        distance = int(np.bitwise_count(by_rank[row.rank] ^ by_rank[row.survivor_rank]))
        assert distance == row.distance <= SETTINGS.max_distance
        assert row.survivor_rank in kept["rank"].values


def test_recompressed_and_resized_copies_are_found_in_real_files(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    image = photograph(0)
    copies = [encode(image, quality=95), encode(image, quality=60), encode(image.resize((150, 120)), "PNG")]
    photos = [encode(make_image(50 + i)) for i in range(4)]
    write_collected(paths, "photos", [make_record("photos", i, data) for i, data in enumerate(copies + photos)])
    write_collected(
        paths, "fakes", [make_record("fakes", i, encode(make_image(90 + i)), Label.FAKE) for i in range(3)]
    )
    for source in ("photos", "fakes"):
        run_stage(monkeypatch, tmp_path, "screen", source)
    run_stage(monkeypatch, tmp_path, "deduplicate")
    assert pq.read_table(paths.keep_list("photos"))["rank"].to_pylist() == [0, 3, 4, 5, 6]
    assert pq.read_table(paths.keep_list("fakes"))["rank"].to_pylist() == [0, 1, 2]
    pairs = pq.read_table(paths.deduplicated / "pairs.parquet").to_pylist()
    assert {(pair["rank_a"], pair["rank_b"]) for pair in pairs} >= {(0, 1), (0, 2)}


@pytest.mark.parametrize("turn", Image.Transpose, ids=lambda turn: turn.name)
def test_mirrored_copies_are_found_and_turned_ones_on_request(turn, tmp_path, monkeypatch):
    image = photograph(0)
    pictures = [encode(image, quality=95), encode(image.transpose(turn), quality=80), encode(make_image(2))]
    mirrored = turn == Image.Transpose.FLIP_LEFT_RIGHT
    for orientations, kept in ((False, 2 if mirrored else 3), (True, 2)):
        paths = write_project(tmp_path / str(orientations))
        params = paths.root / "params.yaml"
        wanted = f"deduplicate: {{orientations: {str(orientations).lower()}, "
        params.write_text(params.read_text().replace("deduplicate: {", wanted))
        write_collected(paths, "photos", [make_record("photos", rank, data) for rank, data in enumerate(pictures)])
        write_collected(paths, "fakes", [make_record("fakes", 0, encode(make_image(90)), Label.FAKE)])
        for source in ("photos", "fakes"):
            run_stage(monkeypatch, paths.root, "screen", source)
        run_stage(monkeypatch, paths.root, "deduplicate")
        assert pq.read_table(paths.keep_list("photos")).num_rows == kept
        dropped = pq.read_table(paths.deduplicated / "duplicates.parquet").to_pylist()
        assert [row["reason"] for row in dropped] == ["near-duplicate"] * (3 - kept)


@given(st.lists(st.lists(st.integers(0, 15), min_size=8, max_size=8), min_size=1, max_size=15), st.integers(0, 2))
@settings(max_examples=50, deadline=None)
def test_kinship_under_orientations_is_that_of_brute_force(values, distance):
    hashes = np.array(values, dtype=np.uint64) ^ BUSY
    kinship = find_kinship(hashes, distance)
    for a, one in enumerate(values):
        near = {int(row): apart for apart, node in kinship.near(a) for row in kinship.members[node]}
        for b, other in enumerate(values):
            apart = min((x ^ y).bit_count() for i, x in enumerate(one) for j, y in enumerate(other) if 0 in (i, j))
            assert (b in near) == (apart <= distance or a == b)
            if b in near and a != b:
                assert near[b] == apart == distances(hashes[[a]], hashes[[b]])[0]


def test_a_source_added_last_changes_no_other_keep_list(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    shared = encode(make_image(1))
    write_collected(
        paths, "photos", [make_record("photos", 0, shared), make_record("photos", 1, encode(make_image(2)))]
    )
    write_collected(paths, "fakes", [make_record("fakes", 0, encode(make_image(3)), Label.FAKE)])
    for source in ("photos", "fakes"):
        run_stage(monkeypatch, tmp_path, "screen", source)
    run_stage(monkeypatch, tmp_path, "deduplicate")
    before = {source: paths.keep_list(source).read_bytes() for source in ("photos", "fakes")}

    params = (tmp_path / "params.yaml").read_text()
    more = "  more: {collector: folder, path: more, label: REAL}\ncollect:"
    (tmp_path / "params.yaml").write_text(params.replace("collect:", more, 1))
    write_collected(paths, "more", [make_record("more", 0, shared), make_record("more", 1, encode(make_image(4)))])
    run_stage(monkeypatch, tmp_path, "screen", "more")
    run_stage(monkeypatch, tmp_path, "deduplicate")
    assert before == {source: paths.keep_list(source).read_bytes() for source in ("photos", "fakes")}
    assert pq.read_table(paths.keep_list("more"))["rank"].to_pylist() == [1]


def test_a_blank_image_has_a_hash_that_would_join_strangers():
    """The reason for the screen ``blank``: flat pictures of any colour hash alike."""
    import imagehash

    grey, red = (
        Image.open(io.BytesIO(encode(Image.new("RGB", (40, 40), colour), "PNG"))) for colour in ("grey", "red")
    )
    assert imagehash.phash(grey) - imagehash.phash(red) <= SETTINGS.max_distance


def test_what_is_left_of_a_group_stays_together_under_its_name():
    """Of a chain, the middle one was forgotten: its ends would be two groups, one of them under another name."""
    ids = [f"{number}" * 64 for number in range(4)]
    remembered = {"gone" * 16: [ids[0], ids[2]]}
    pairs = join_remembered(ids, remembered)
    assert pairs == [(0, 2)]
    names = name_remembered(ids, name_groups(4, pairs), remembered)
    assert names.tolist() == ["gone" * 16, ids[1], "gone" * 16, ids[3]]


def test_a_thousand_copies_that_all_stay_cost_a_thousand():
    count, asked = 1000, []
    kinship = find_kinship(np.full((count, 1), 7, dtype=np.uint64), 4, pd.Series(["same"] * count))
    labels = (np.arange(count) % 2).astype(np.int8)
    choose_survivors(kinship, np.arange(count), labels, lambda row, label: asked.append((row, label)) or False)
    assert len(asked) <= 2 * count
