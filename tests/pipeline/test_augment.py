import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import augment as stage
from pipeline.augment import Change, apply_change, draw_change
from pipeline.parts.arrays import gather
from pipeline.parts.recipe import Augment
from tests.factories import build, collect_two_classes, make_image, write_project

PICTURE = np.asarray(make_image(1, 16, 16))
SETTINGS = Augment(copies=2, horizontal_flip=True, shift=0.2, brightness=0.1, contrast=0.1)


def test_each_change_does_what_it_says():
    np.testing.assert_array_equal(apply_change(PICTURE, Change()), PICTURE)
    np.testing.assert_array_equal(apply_change(PICTURE, Change(flipped=True)), PICTURE[:, ::-1])
    shifted = apply_change(PICTURE, Change(shift_x=2, shift_y=-1))
    np.testing.assert_array_equal(shifted[:-1, 2:], PICTURE[1:, :-2])
    np.testing.assert_array_equal(shifted[:-1, 1], PICTURE[1:, 1])
    brighter = apply_change(PICTURE, Change(brightness=1.1))
    assert brighter.mean() == pytest.approx(PICTURE.mean() * 1.1, rel=0.02)
    flatter = apply_change(PICTURE, Change(contrast=0.5))
    assert flatter.std() == pytest.approx(PICTURE.std() * 0.5, rel=0.02)
    assert flatter.mean() == pytest.approx(PICTURE.mean(), abs=0.5)


@given(st.text(max_size=8), st.integers(0, 10**6), st.integers(1, 20), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_draws_stay_within_what_the_recipe_allows(source, rank, copy, shift, amount):
    allowed = Augment(copies=1, horizontal_flip=False, shift=shift, brightness=amount, contrast=amount)
    change = draw_change(allowed, 16, 42, source, rank, copy)
    assert change == draw_change(allowed, 16, 42, source, rank, copy)
    assert not change.flipped
    assert max(abs(change.shift_x), abs(change.shift_y)) <= round(shift * 16)
    assert abs(change.brightness - 1) <= amount
    assert abs(change.contrast - 1) <= amount


def test_copies_differ_from_each_other():
    changes = {draw_change(SETTINGS, 36, 42, "s", rank, copy) for rank in range(20) for copy in (1, 2)}
    assert len(changes) == 40


def test_every_row_points_at_its_parent(tmp_path, monkeypatch):
    paths = write_project(tmp_path, copies=2)
    collect_two_classes(paths, 30)
    build(monkeypatch, tmp_path, "augment")
    train = pq.read_table(paths.split("tiny") / "train.parquet")
    index = pq.read_table(paths.augmented("tiny") / "index.parquet").to_pylist()
    pixels = np.load(paths.augmented("tiny") / "pixels.npy")
    assert len(index) == len(pixels) == 3 * train.num_rows
    originals = gather(paths, 16, train)
    for i, row in enumerate(index):
        assert (row["id"], row["label"]) == (train["id"][i // 3].as_py(), train["label"][i // 3].as_py())
        assert row["copy"] == i % 3
        change = Change(*(row[name] for name in ("flipped", "shift_x", "shift_y", "brightness", "contrast")))
        expected = apply_change(originals[i // 3], change)
        # The index keeps amounts as float32, so a value may round to the next one.
        assert np.abs(pixels[i].astype(int) - expected.astype(int)).max() <= 1
    np.testing.assert_array_equal(pixels[::3], originals)


def test_pieces_and_processes_change_nothing(tmp_path, monkeypatch):
    outs = []
    for name, rows in (("one", 4000), ("many", 7)):
        monkeypatch.setattr(stage, "PIECE_ROWS", rows)
        paths = write_project(tmp_path / name)
        collect_two_classes(paths, 30)
        build(monkeypatch, tmp_path / name, "augment")
        outs.append([(paths.augmented("tiny") / file).read_bytes() for file in ("pixels.npy", "index.parquet")])
    assert outs[0] == outs[1]
