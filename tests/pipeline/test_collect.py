"""The stage as DVC runs it, in processes of its own; a killed one is killed with SIGKILL."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from collectors.http.context import Internet
from collectors.http.spool import Spool
from pipeline.records.shards import iterate_rows
from pipeline.runtime.errors import NotAnArchiveError, NothingFoundError, ParamsError, PathMissingError
from tests.collectors import google_samples as samples
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image, run_stage

HERE = Path(__file__).parents[2]

PARAMS = """
sources:
  set: {{collector: archive, path: set.zip}}
  gone: {{collector: archive, path: gone.zip}}
  cats: {{collector: google_images, query: cats, label: REAL, limit: {limit}}}
collect: {{workers: 4, timeout: 10.0}}
recipes: [four_layer_cnn]
"""

#: The stage against another internet than the two that params.yaml knows.
AGAINST = """
import sys
from contextlib import nullcontext
from collectors.http.context import Internet
from collectors.gathering import gather
from pipeline import collect
from pipeline.runtime.stage import run_command
url = sys.argv.pop()
gather.connect = lambda kind, cache: nullcontext(Internet(google=url, kaggle=url, local=(url,)))
run_command(collect.main)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "four_layer_cnn.yaml").write_bytes((HERE / "recipes" / "four_layer_cnn.yaml").read_bytes())
    (tmp_path / "params.yaml").write_text(PARAMS.format(limit=30))
    return tmp_path


@pytest.fixture
def google():
    """Thirty pictures on a result page; the first one is gone."""
    with serving() as site:
        pictures = []
        for number in range(30):
            address = f"{site.url}/pictures/{number}.jpg"
            pictures.append({**samples.CAT, "docid": f"doc{number}", "full": [address, 48, 64]})
            site.routes[f"/pictures/{number}.jpg"] = Reply(encode(make_image(number)))
        del site.routes["/pictures/0.jpg"]
        site.routes["/search"] = Reply(
            samples.page_2026(pictures), headers={"Content-Type": "text/html; charset=utf-8"}
        )
        yield site


@pytest.fixture
def collect(project, monkeypatch, capsys):
    """Run the stage in this process, against ``url`` if one is given, and give what it prints."""

    def run_it(name, url=None):
        monkeypatch.setenv("TOUCHSTONE_CACHE", str(project / "cache"))
        internet = Internet(google=url, kaggle=url, local=(url,))
        monkeypatch.setattr("collectors.gathering.gather.connect", lambda kind, cache: nullcontext(internet))
        run_stage(monkeypatch, project, "collect", name)
        return capsys.readouterr().out

    return run_it


def start(project, *command):
    environment = {**os.environ, "PYTHONPATH": str(HERE), "TOUCHSTONE_CACHE": str(project / "cache")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, *command], cwd=project, env=environment, **pipes)


def run(project, *command):
    process = start(project, *command)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def make_zip(path, count):
    pictures = [encode(make_image(number)) for number in range(20)]
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            name = f"train/{('REAL', 'FAKE')[number % 2]}/{number}.jpg"
            archive.writestr(zipfile.ZipInfo(name), pictures[number % 20])
        archive.writestr("notes.txt", "hello")


def test_an_archive_becomes_shards_and_a_summary(project, collect):
    make_zip(project / "set.zip", 20)
    assert collect("set").startswith("collect@set: 21 in, 20 out (dropped: not-a-picture 1) in ")
    folder = project / "datasets" / "collected" / "set"
    assert sorted(files(folder)) == ["rejected.parquet", "shard-00000.parquet", "source.json"]
    rows = list(iterate_rows(folder))
    assert [row["rank"] for row in rows] == list(range(20))
    assert rows[3]["image"]["bytes"] == encode(make_image(3))
    first = files(folder)
    collect("set")
    assert files(folder) == first
    assert sorted(path.name for path in folder.parent.iterdir()) == ["set"]


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("nothing", ParamsError, "no source 'nothing'; known: set, gone, cats"),
        ("gone", PathMissingError, r"gone\.zip: no such file"),
        ("set", NotAnArchiveError, r"set\.zip: not a zip archive"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(project, collect, name, error, words):
    (project / "set.zip").write_bytes(b"no zip")
    with pytest.raises(error, match=words):
        collect(name)
    assert not list((project / "datasets").rglob("*.parquet"))


def test_no_picture_at_all_is_a_failure_that_names_the_reasons(project, collect):
    make_zip(project / "set.zip", 4)
    collect("set")
    shutil.move(project / "datasets" / "collected" / "set", project / "before")
    with zipfile.ZipFile(project / "set.zip", "w") as archive:
        archive.writestr("a.jpg", b"x")
        archive.writestr("b.txt", b"x")
    with pytest.raises(
        NothingFoundError,
        match=r"no picture lies in a folder named REAL or FAKE.*; rejected: no-label 1, not-a-picture 1",
    ):
        collect("set")
    assert not (project / "datasets" / "collected" / "set").exists()


def test_what_is_there_is_not_read_again_and_never_replaced(project, collect):
    make_zip(project / "set.zip", 4)
    collect("set")
    before = files(project / "datasets" / "collected" / "set")
    (project / "set.zip").unlink()
    assert collect("set") == "collect@set: is there already; `touchstone collect set --again` searches again\n"
    (project / "params.yaml").write_text(PARAMS.format(limit=30).replace("set.zip}", "gone.zip}"))
    with pytest.raises(PathMissingError):
        collect("set")
    assert files(project / "datasets" / "collected" / "set") == before


def test_an_archive_is_collected_without_any_internet(project):
    make_zip(project / "set.zip", 4)
    assert run(project, "-m", "pipeline.collect", "set")[0] == 0
    assert not (project / "cache").exists()


def test_a_kill_while_an_archive_is_read_harms_nothing(project):
    make_zip(project / "set.zip", 7_000)
    folder = project / "datasets" / "collected" / "set"
    process = start(project, "-m", "pipeline.collect", "set")
    wait_until((folder.parent / ".set.tmp" / "shard-00000.parquet").exists)
    kill(process)
    assert not folder.exists()
    assert run(project, "-m", "pipeline.collect", "set")[0] == 0
    assert sorted(path.name for path in folder.parent.iterdir()) == ["set"]
    assert sum(1 for _ in iterate_rows(folder)) == 7_000


def test_a_kill_while_pictures_are_fetched_loses_nothing_and_fetches_nothing_twice(project, google):
    gate = threading.Event()
    for number in range(15, 30):
        answer = google.routes[f"/pictures/{number}.jpg"]
        google.routes[f"/pictures/{number}.jpg"] = lambda handler, then=answer: (gate.wait(60), then(handler))
    process = start(project, "-c", AGAINST, "cats", google.url)
    spool, ledger = project / ".touchstone" / "spool" / "cats", project / "datasets" / "ledgers" / "cats.sqlite"
    wait_until(lambda: len(list(Spool(spool).facts())) == 14)
    wait_until(lambda: entries(ledger) == 15)
    kill(process)
    gate.set()
    code, out, err = run(project, "-c", AGAINST, "cats", google.url)
    assert (code, err) == (0, "")
    assert "\ncollect@cats: 30 in, 29 out (dropped: not-found 1)" in out
    asked = [int(path.split("/")[-1].removesuffix(".jpg")) for path in google.log if path.startswith("/pictures")]
    assert sorted(set(asked)) == list(range(30))
    # What was on its way when the process died has to be asked for again, and nothing else.
    twice = [number for number in range(30) if asked.count(number) > 1]
    assert len(twice) <= 4
    assert min(twice, default=15) >= 15
    rows = list(iterate_rows(project / "datasets" / "collected" / "cats"))
    assert [(row["rank"], row["image"]["bytes"]) for row in rows] == [(n, encode(make_image(n))) for n in range(1, 30)]
    assert not spool.exists()
    assert entries(ledger) == 30


def test_a_source_that_fails_ends_with_its_report_too(project, google, collect, capsys):
    for number in range(30):
        google.routes[f"/pictures/{number}.jpg"] = Reply("not here", (404, 403)[number % 2])
    with pytest.raises(
        NothingFoundError,
        match=r"cats: not one picture; rejected: forbidden 15, not-found 15; .*`touchstone retry cats`",
    ):
        collect("cats", google.url)
    said = capsys.readouterr().out
    assert "\n  found 30: fetched 0 (0.0 MiB, 0.0/s), had 0 from before, opted out 0, failed 30" in said
    assert said.endswith("(forbidden 15, not-found 15)\n")


def test_a_longer_collection_fetches_what_is_new_and_an_unchanged_one_writes_the_same_bytes(project, google, collect):
    (project / "params.yaml").write_text(PARAMS.format(limit=10))
    collect("cats", google.url)
    folder = project / "datasets" / "collected" / "cats"
    first, rows = files(folder), pq.read_table(folder / "shard-00000.parquet")
    for path in folder.iterdir():
        path.chmod(0o444)
    collect("cats", google.url)
    assert files(folder) == first
    google.log.clear()
    (project / "params.yaml").write_text(PARAMS.format(limit=12))
    collect("cats", google.url)
    fetched = sorted(path for path in google.log if path.startswith("/pictures"))
    assert fetched == ["/pictures/0.jpg", "/pictures/10.jpg", "/pictures/11.jpg"]
    # The shard of before is the same file; what came stands in one of its own.
    assert pq.read_table(folder / "shard-00000.parquet").equals(rows)
    assert [row["rank"] for row in iterate_rows(folder)] == list(range(1, 12))
    longer = files(folder)
    google.log.clear()
    (project / "params.yaml").write_text(PARAMS.format(limit=5))
    collect("cats", google.url)
    assert files(folder) == longer
    assert google.log == []


def test_a_repaired_cause_is_tried_again(project, google, collect):
    for number in range(30):
        google.routes[f"/pictures/{number}.jpg"] = Reply("who are you?", 403)
    for _ in range(2):
        google.log.clear()
        with pytest.raises(NothingFoundError, match="forbidden 30"):
            collect("cats", google.url)
    assert not [path for path in google.log if path.startswith("/pictures")]
    for number in range(30):
        google.routes[f"/pictures/{number}.jpg"] = Reply(encode(make_image(number)))
    params = PARAMS.format(limit=30)
    (project / "params.yaml").write_text(params.replace("timeout: 10.0", "timeout: 10.0, contact: me@example.org"))
    assert "collect@cats: 30 in, 30 out" in collect("cats", google.url)


def entries(ledger):
    if not ledger.exists():
        return 0
    with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as connection:
        try:
            return connection.execute("SELECT count(*) FROM outcomes").fetchone()[0]
        except sqlite3.OperationalError:
            return 0
