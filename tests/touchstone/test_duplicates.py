import json

import pytest

from pipeline.storage.labels import Label
from tests.factories import build, encode, make_image, make_record, write_collected, write_project


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    """Twelve copies of one photograph, two of another, one picture under both labels, and some that stand alone."""
    paths = write_project(tmp_path)
    photos = [encode(make_image(1, 200, 150), quality=95 - rank) for rank in range(12)]
    photos += [encode(make_image(2)), encode(make_image(2)), encode(make_image(3)), encode(make_image(4))]
    write_collected(paths, "photos", [make_record("photos", rank, data) for rank, data in enumerate(photos)])
    fakes = [encode(make_image(3)), encode(make_image(5))]
    records = [make_record("fakes", rank, data, Label.FAKE) for rank, data in enumerate(fakes)]
    write_collected(paths, "fakes", records)
    build(monkeypatch, tmp_path, until="deduplicate")
    capsys.readouterr()
    return tmp_path


def test_the_largest_groups_come_first_with_all_their_pictures(touchstone, project):
    found = json.loads(touchstone(project, "duplicates", "--json").out)
    assert (found["groups"], found["pictures"]) == (3, 16)
    assert found["dropped"]["cross-label"] == 2
    assert found["dropped"]["duplicate-bytes"] == 1
    first, *others = found["largest"]
    assert len(first["pictures"]) == 12
    assert [len(group["pictures"]) for group in others] == [2, 2]
    kept, *dropped = first["pictures"]
    assert (kept["rank"], kept["reason"], kept["survivor"]) == (0, None, None)
    assert all(picture["survivor"]["rank"] == 0 for picture in dropped)
    assert max(picture["distance"] for picture in dropped) <= first["diameter"]
    assert all(len(picture["id"]) == 64 for picture in first["pictures"])
    assert [p["survivor"] for group in others for p in group["pictures"] if p["reason"] == "cross-label"] == [
        None,
        None,
    ]


def test_the_table_is_short(touchstone, project):
    shown = touchstone(project, "duplicates", "--limit", 1)
    assert shown.code == 0
    assert "groups of several pictures: 3, pictures in them: 16" in shown.out
    assert "12 pictures, diameter" in shown.out
    assert "photos 0  " in shown.out
    assert "stayed" in shown.out
    assert "dropped: near-duplicate" in shown.out
    assert "... and 2 more" in shown.out
    assert "photos 13" not in shown.out


def test_before_deduplicating_the_error_says_what_to_run(touchstone, tmp_path):
    write_project(tmp_path)
    done = touchstone(tmp_path, "duplicates")
    assert done.code == 40
    assert "dvc repro deduplicate" in done.err


def test_no_duplicates_are_no_error(touchstone, tmp_path, monkeypatch, capsys):
    paths = write_project(tmp_path)
    write_collected(paths, "photos", [make_record("photos", 0, encode(make_image(1)))])
    write_collected(paths, "fakes", [make_record("fakes", 0, encode(make_image(2)), Label.FAKE)])
    build(monkeypatch, tmp_path, until="deduplicate")
    capsys.readouterr()
    assert json.loads(touchstone(tmp_path, "duplicates", "--json").out)["groups"] == 0
    assert "dropped: none" in touchstone(tmp_path, "duplicates").out
