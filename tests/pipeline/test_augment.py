import dataclasses
import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pipeline.changes.augment_settings import Augment

from pipeline import augment as stage
from pipeline.arrays.pixel_arrays import gather
from pipeline.changes.apply_changes import CHANGES, apply_change
from pipeline.changes.change import COLUMNS, Change, draw_change
from tests.factories import build, collect_two_classes, encode, make_image, write_project

PICTURE = np.asarray(make_image(1, 16, 16))
#: Everything at once.
HARSH = Augment(
    copies=2, vertical_flip=True, shift=0.1, rotation=30.0, zoom=0.3, damage_chance=1.0, rescale=0.5, blur=1.5,
    noise=10.0, jpeg=[40, 90],
)  # fmt: skip
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


def test_turning_is_pillows_rotation_and_zoom_is_its_resize():
    picture = np.asarray(make_image(2, 32, 32))
    # Pillow cuts off what is behind the point where it should round.
    np.testing.assert_allclose(apply_change(picture, Change(rotation=90.0)), np.rot90(picture), atol=1)
    np.testing.assert_allclose(apply_change(picture, Change(rotation=180.0)), picture[::-1, ::-1], atol=1)
    tilted = Image.fromarray(picture).rotate(20, Image.Resampling.BICUBIC)
    middle = slice(10, 22)
    own = apply_change(picture, Change(rotation=20.0))
    np.testing.assert_allclose(own[middle, middle], np.asarray(tilted)[middle, middle], atol=1)
    slope = np.repeat(np.arange(32, dtype=np.uint8)[None, :, None] * 4, 32, axis=0).repeat(3, axis=2)
    expected = 4 * (16 + (np.arange(32) + 0.5 - 16) / 2 - 0.5)
    np.testing.assert_allclose(apply_change(slope, Change(zoom=2.0))[16, :, 0], expected, atol=1)
    # What would be empty shows the border mirrored.
    assert apply_change(np.full((32, 32, 3), 200, np.uint8), Change(rotation=45.0, zoom=0.5)).min() == 200


def test_each_damage_does_what_it_says():
    picture = np.asarray(make_image(3, 32, 32))
    mirrored = apply_change(picture, Change(flipped_vertically=True))
    np.testing.assert_array_equal(mirrored, picture[::-1])
    noisy = apply_change(np.full((64, 64, 3), 128, np.uint8), Change(noise=6.0, noise_seed=5))
    assert noisy.std() == pytest.approx(6, rel=0.05)
    assert noisy.mean() == pytest.approx(128, abs=0.2)
    assert (noisy != apply_change(np.full((64, 64, 3), 128, np.uint8), Change(noise=6.0, noise_seed=6))).any()
    blurred = apply_change(picture, Change(blur=2.0))
    rescaled = apply_change(picture, Change(scale=0.125))
    for softer in (blurred, rescaled):
        assert (
            np.abs(np.diff(softer.astype(int), axis=1)).mean()
            < 0.8 * np.abs(np.diff(picture.astype(int), axis=1)).mean()
        )
    expected = Image.open(io.BytesIO(encode(Image.fromarray(picture), quality=30)))
    np.testing.assert_array_equal(apply_change(picture, Change(jpeg_quality=30)), np.asarray(expected))


@pytest.mark.parametrize("apply", CHANGES, ids=lambda apply: apply.__name__)
def test_every_change_keeps_the_form_and_is_idle_by_default(apply):
    assert apply(PICTURE, Change()) is PICTURE
    changed = apply(PICTURE, draw_change(HARSH, 16, 42, "s", 1, 1))
    assert (changed.shape, changed.dtype) == (PICTURE.shape, PICTURE.dtype)


@given(st.integers(0, 10**6), st.integers(1, 20))
@settings(max_examples=50, deadline=None)
def test_a_harsh_recipe_stays_within_its_bounds_and_repeats_itself(rank, copy):
    change = draw_change(HARSH, 16, 42, "s", rank, copy)
    assert change == draw_change(HARSH, 16, 42, "s", rank, copy)
    assert abs(change.rotation) <= 30
    assert 0.7 <= change.zoom <= 1.3
    assert 0.5 <= change.scale <= 1
    assert 0 <= change.blur <= 1.5
    assert 0 <= change.noise <= 10
    assert 40 <= change.jpeg_quality <= 90
    np.testing.assert_array_equal(apply_change(PICTURE, change), apply_change(PICTURE, change))


def test_switching_one_change_on_leaves_the_draws_of_the_others():
    plain = draw_change(SETTINGS, 36, 42, "s", 7, 1)
    assert (plain.flipped, plain.shift_x, plain.shift_y) == (True, 2, 4)
    more = SETTINGS.model_copy(update={"rotation": 10.0, "jpeg": [30, 90], "damage_chance": 1.0})
    both = draw_change(more, 36, 42, "s", 7, 1)
    assert both == dataclasses.replace(plain, rotation=both.rotation, jpeg_quality=both.jpeg_quality)
    assert (both.rotation, both.jpeg_quality) != (0, 0)


def test_damage_comes_as_often_as_its_chance_says():
    settings = Augment(damage_chance=0.3, jpeg=[30, 90])
    hit = sum(draw_change(settings, 36, 42, "s", rank, 1).jpeg_quality > 0 for rank in range(2000))
    assert hit / 2000 == pytest.approx(0.3, abs=0.04)


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


ALL_ON = """vertical_flip: true, rotation: 15, zoom: 0.2, rescale: 0.5, blur: 1.0, noise: 8, jpeg: [30, 90],
  horizontal_flip: true"""


def switch_all_on(paths):
    recipe = paths.recipe("tiny")
    recipe.write_text(recipe.read_text().replace("horizontal_flip: true", ALL_ON, 1))


@pytest.mark.parametrize("harsh", [False, True], ids=["as tested", "everything on"])
def test_every_row_points_at_its_parent(harsh, tmp_path, monkeypatch):
    paths = write_project(tmp_path, copies=2)
    if harsh:
        switch_all_on(paths)
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
        change = Change(**{name: row[name] for name in COLUMNS})
        expected = apply_change(originals[i // 3], change)
        # The index keeps brightness and contrast as float32, so a value may round to the next one; JPEG spreads that.
        assert np.abs(pixels[i].astype(int) - expected.astype(int)).max() <= (16 if change.jpeg_quality else 1)
    np.testing.assert_array_equal(pixels[::3], originals)


def test_pieces_and_processes_change_nothing(tmp_path, monkeypatch):
    outs = []
    for name, rows in (("one", 4000), ("many", 7)):
        monkeypatch.setattr(stage, "PIECE_ROWS", rows)
        paths = write_project(tmp_path / name)
        switch_all_on(paths)
        collect_two_classes(paths, 30)
        build(monkeypatch, tmp_path / name, "augment")
        outs.append([(paths.augmented("tiny") / file).read_bytes() for file in ("pixels.npy", "index.parquet")])
    assert outs[0] == outs[1]
