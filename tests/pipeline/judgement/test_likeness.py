"""What a detector was trained on passes, and what is of another kind does not."""

import json
import os

import numpy as np
import pandas as pd
import pytest

from pipeline.judgement.file_facts import FileFacts
from pipeline.judgement.likeness import FALSE_ALARMS, FILE, FeatureDistance, Likeness
from pipeline.judgement.picture_storage import PictureStorage
from pipeline.runtime.errors import StageMissingError
from pipeline.storage.labels import Label


def rows(count=200, **columns):
    """Rows of files that are stored alike, classes in turn."""
    alike = {"format": "JPEG", "width": 32, "height": 32, "jpeg_quality": 75}
    return pd.DataFrame({"label": np.arange(count) % 2} | alike | columns)


def features(count, shift=0.0, seed=0):
    return (np.random.default_rng(seed).normal(shift, 1, (count, 8))).astype(np.float32)


@pytest.fixture(scope="module")
def likeness():
    return Likeness.fit(PictureStorage.fit(rows(), equalised=False), features(2000), features(1000, seed=1))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (FileFacts("JPEG", 32, 32, 75), None),
        (FileFacts("JPEG", 33, 33, 74), None),
        (FileFacts("JPEG", 3000, 2000, 92), "3000x2000 pixels"),
        (FileFacts("JPEG", 16, 16, 75), "16x16 pixels"),
        (FileFacts("JPEG", 32, 90, 75), "2.8 to 1"),
        (FileFacts("PNG", 32, 32), "it is PNG, and they are JPEG"),
        (FileFacts("JPEG", 32, 32, 30), "quality 30"),
    ],
)
def test_files_outside_of_what_was_trained_on_are_told_with_the_reason(likeness, file, words):
    odd = likeness.find_odd(file, features(1)[0] * 0)
    assert odd is None if words is None else words in odd


def test_after_equalising_only_size_and_shape_count():
    storage = PictureStorage.fit(rows(), equalised=True)
    assert storage.find_odd(FileFacts("PNG", 32, 32)) is None
    assert storage.find_odd(FileFacts("PNG", 320, 320)) is not None


def test_a_format_of_hardly_any_picture_is_not_known():
    kinds = ["JPEG"] * 999 + ["WEBP"]
    storage = PictureStorage.fit(rows(1000, format=kinds), equalised=False)
    assert storage.formats == ("JPEG",)


def test_features_of_like_pictures_pass_and_others_do_not(likeness):
    assert (~likeness.is_near(features(4000, seed=2))).mean() == pytest.approx(FALSE_ALARMS, abs=0.009)
    assert not likeness.is_near(features(100, shift=4)).any()
    assert "to the network" in likeness.find_odd(FileFacts("JPEG", 32, 32, 75), features(1, shift=9)[0])


def test_features_that_are_no_numbers_are_far_away(likeness):
    assert not likeness.is_near(np.full((1, 8), np.nan, np.float32))[0]


def test_too_few_validation_pictures_hold_nothing_back():
    distance = FeatureDistance.fit(features(30), features(10, seed=1))
    assert distance.farthest == np.inf


def test_features_that_never_change_do_no_harm():
    constant = np.concatenate([features(100), np.ones((100, 2), np.float32)], axis=1)
    distances = FeatureDistance.fit(constant, constant).measure(constant)
    assert np.isfinite(distances).all()


def test_storage_that_goes_with_one_class_would_explain_a_score():
    mixed = rows(400, format=["JPEG", "PNG"] * 200, jpeg_quality=[75, None] * 200)
    storage = PictureStorage.fit(mixed, equalised=False)
    png = FileFacts("PNG", 32, 32)
    assert "200 of the 200 training pictures that are stored alike (PNG, under 64 pixels) are FAKE" in storage.explain(
        png, Label.FAKE
    )
    assert storage.explain(png, Label.REAL) is None
    both = PictureStorage.fit(rows(400), equalised=False)
    assert both.explain(FileFacts("JPEG", 32, 32, 75), Label.FAKE) is None
    assert both.explain(png, Label.FAKE) is None


def test_it_comes_back_from_its_file_and_the_same_fit_gives_the_same_bytes(likeness, tmp_path):
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        likeness.write(tmp_path / name)
        written.append((tmp_path / name / FILE).read_bytes())
        os.utime(tmp_path / name / FILE, (0, 0))
    assert written[0] == written[1]
    again = Likeness.read(tmp_path / "a")
    assert again.storage == likeness.storage
    some = features(50, seed=3)
    assert again.distance.measure(some) == pytest.approx(likeness.distance.measure(some), rel=1e-4)


def test_a_network_without_features_is_judged_by_files_alone(tmp_path):
    bare = Likeness.fit(PictureStorage.fit(rows(), equalised=False), None, None)
    bare.write(tmp_path)
    assert Likeness.read(tmp_path) == bare
    assert bare.is_near(features(3)).all()


@pytest.mark.parametrize("content", [b"", b"no zip", "shape", "storage", "pickle"])
def test_a_damaged_file_names_its_stage_and_runs_no_code(likeness, tmp_path, content):
    file = tmp_path / FILE
    storage = np.array(json.dumps(likeness.storage.to_json()))
    if content == "shape":
        np.savez(file, storage=storage, mean=np.zeros(3), whitening=np.zeros((2, 2)), farthest=np.array(1.0))
    elif content == "storage":
        np.savez(file, storage=np.array("{}"))
    elif content == "pickle":
        np.savez(file, storage=np.array([print], dtype=object))
    else:
        file.write_bytes(content)
    with pytest.raises(StageMissingError, match="evaluate@"):
        Likeness.read(tmp_path)
