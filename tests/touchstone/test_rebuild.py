"""A published list, fetched anew from real servers."""

import hashlib
import json
from collections import Counter
from contextlib import contextmanager

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.http.context import Internet
from pipeline.decisions.tombstones import Tombstone, Tombstones
from pipeline.runtime.errors import AddressListError
from pipeline.storage.labels import Label
from tests.collectors.conftest import surroundings
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image, write_project
from touchstone.publishing.refetch import refetch


def sha256(data):
    return hashlib.sha256(data).hexdigest()


PICTURES = [encode(make_image(number)) for number in range(8)]


@pytest.fixture
def site():
    """A server on which the first four pictures are as they were, and the others have met with something."""
    with serving() as server:
        for number, data in enumerate(PICTURES[:4]):
            server.routes[f"/{number}"] = Reply(data)
        server.routes["/4"] = Reply(encode(make_image(99)))
        server.routes["/6"] = Reply("<html>moved</html>")
        server.routes["/7"] = Reply(PICTURES[7], headers={"X-Robots-Tag": "noai"})
        yield server


def rows_of(site):
    splits = ["train", "train", "val", "test", "train", "train", "test", "test"]
    return [
        {"id": sha256(data), "url": f"{site.url}/{number}", "split": splits[number], "label": Label(number % 2).name}
        for number, data in enumerate(PICTURES)
    ]


def write(path, rows):
    pq.write_table(pa.Table.from_pylist(rows), path) if path.suffix == ".parquet" else pd.DataFrame(rows).to_csv(path)
    return path


def context(root, site):
    return surroundings(root, Internet(google=site.url, kaggle=None, local=(site.url,)))


def outcomes(folder):
    return pd.read_parquet(folder / "outcomes.parquet")


@pytest.mark.parametrize("name", ["manifest.parquet", "manifest.csv"])
def test_what_is_the_same_is_there_and_the_rest_is_told_by_cause(site, tmp_path, name):
    manifest = write(tmp_path / name, rows_of(site))
    (tmp_path / "out").mkdir()
    found = refetch(manifest, tmp_path / "out", context(tmp_path, site), Tombstones())
    assert found == Counter({"same": 4, "changed": 1, "not-found": 1, "not-a-picture": 1, "opted-out": 1})
    files = {
        file.relative_to(tmp_path / "out").as_posix(): file.read_bytes() for file in tmp_path.rglob("out/*/*/*.*")
    }
    places = ["train/0_real", "train/1_fake", "val/0_real", "test/1_fake"]
    assert files == {f"{place}/{sha256(data)}.jpg": data for place, data in zip(places, PICTURES, strict=False)}
    told = outcomes(tmp_path / "out").set_index("url")
    assert len(told) == len(PICTURES)
    assert told.loc[f"{site.url}/4", "found"] == sha256(encode(make_image(99)))
    assert told.loc[f"{site.url}/5", "outcome"] == "not-found"
    assert {told.loc[f"{site.url}/{number}", "file"] for number in range(4)} == files.keys()


def test_a_list_is_not_trusted(site, tmp_path):
    good = rows_of(site)[0]
    bad = [
        good | {"id": "../../" + good["id"][6:]},
        good | {"split": "../elsewhere"},
        good | {"label": "maybe"},
        good | {"url": ""},
        good | {"url": "file:///etc/passwd"},
        good | {"url": "http://169.254.169.254/latest"},
    ]
    (tmp_path / "out").mkdir()
    manifest = write(tmp_path / "manifest.parquet", [*bad, good])
    found = refetch(manifest, tmp_path / "out", context(tmp_path, site), Tombstones())
    assert found == Counter({"bad-row": 3, "bad-address": 1, "refused-address": 2, "same": 1})
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 1


def test_what_is_forgotten_stays_so(site, tmp_path):
    (tmp_path / "out").mkdir()
    manifest = write(tmp_path / "manifest.parquet", rows_of(site)[:3])
    stones = Tombstones((Tombstone("picture", sha256(PICTURES[1]), "asked for"),))
    assert refetch(manifest, tmp_path / "out", context(tmp_path, site), stones) == {"same": 2, "forgotten": 1}


@pytest.mark.parametrize("content", [b"PAR1 and then nothing", b"url,label\nhttps://example.org/a.jpg,REAL\n"])
def test_a_list_that_is_none_is_refused_before_anything_is_fetched(site, tmp_path, content):
    (tmp_path / "list").write_bytes(content)
    with pytest.raises(AddressListError):
        refetch(tmp_path / "list", tmp_path, context(tmp_path, site), Tombstones())
    assert site.log == []


@pytest.fixture
def sandboxed(site, monkeypatch):
    """Let the server stand in for the project's sandbox."""

    @contextmanager
    def connect(kind, cache):
        assert kind == "sandbox"
        yield Internet(google=site.url, kaggle=None, local=(site.url,))

    monkeypatch.setattr("collectors.gathering.internet.connect", connect)


def test_the_verb_in_a_project_and_again_after_it_was_stopped(sandboxed, site, tmp_path, touchstone, monkeypatch):
    """What was fetched is not fetched again, and a half never looks whole."""
    write_project(tmp_path)
    manifest = write(tmp_path / "manifest.parquet", rows_of(site))
    with monkeypatch.context() as patch:
        patch.setattr("touchstone.publishing.imagefolder.ImageFolder.write", stop_at_the_last)
        with pytest.raises(RuntimeError, match="pulled"):
            touchstone(tmp_path, "rebuild", manifest, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    done = touchstone(tmp_path, "rebuild", manifest, tmp_path / "out", "--json")
    found = json.loads(done.out)
    assert found == {"same": 4, "lost_or_changed": {"changed": 1, "not-a-picture": 1, "not-found": 1, "opted-out": 1}}
    assert [site.log.count(f"/{number}") for number in range(4)] == [1] * 4
    assert {path.name for path in tmp_path.iterdir()} == {"manifest.parquet", "out", "params.yaml", "recipes"}
    shown = touchstone(tmp_path, "rebuild", manifest, tmp_path / "again").out
    assert "the same as they were: 4 of 8" in shown
    assert "not-found 1" in shown


def stop_at_the_last(folder, picture, data):
    if data == PICTURES[3]:
        raise RuntimeError("the plug is pulled")
    return "somewhere"


def test_outside_a_project_the_live_internet_is_meant_and_this_machine_is_not_asked(site, tmp_path, touchstone):
    manifest = write(tmp_path / "manifest.parquet", rows_of(site)[:2])
    done = touchstone(tmp_path, "rebuild", manifest, "out", "--json")
    assert json.loads(done.out) == {"same": 0, "lost_or_changed": {"refused-address": 2}}
    assert site.log == []


def test_what_is_in_the_way_or_missing_is_said(tmp_path, touchstone):
    (tmp_path / "list.csv").write_text("id,url,split,label\n")
    assert touchstone(tmp_path, "rebuild", "none.parquet", "out").code == 30
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    done = touchstone(tmp_path, "rebuild", "list.csv", "out")
    assert done.code == 1
    assert "not empty" in done.err
