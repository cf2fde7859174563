"""The verb in a real DVC repository, against a real server."""

import json
import subprocess
import sys
from contextlib import nullcontext

import pytest

from collectors.gathering.gather import CollectionJob, gather
from collectors.http.context import Internet
from collectors.http.fetch import fetch_all
from pipeline.records.record import Candidate
from pipeline.records.shards import iterate_rows
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image, write_project
from tests.test_build import ENVIRONMENT

#: The stage that collects has nothing to do: what it would write is there.
DVC = """
stages:
  sources:
    cmd: python -m pipeline.sources
    params: [internet, sources]
    outs: [datasets/sources, datasets/stated]
  collect:
    foreach: ${sources}
    do:
      cmd: 'true'
      deps: ["datasets/sources/${key}.json"]
      outs: [{"datasets/collected/${key}": {persist: true}}]
"""


def dvc(root, *words):
    command = [sys.executable, "-m", "dvc", *words]
    done = subprocess.run(command, cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr("collectors.http.retries.FIRST_PAUSE", 0.0)
    with serving() as server:
        for number in range(5):
            server.routes[f"/{number}.jpg"] = Reply(encode(make_image(number)))
        server.routes["/1.jpg"] = Reply(status=404)
        server.routes["/3.jpg"] = Reply(status=500)
        internet = Internet(google=server.url, kaggle=None, local=(server.url,))
        monkeypatch.setattr("collectors.gathering.gather.connect", lambda kind, cache: nullcontext(internet))
        yield server


@pytest.fixture
def project(tmp_path, site):
    paths = write_project(tmp_path)
    params = (tmp_path / "params.yaml").read_text()
    cats = "  cats: {collector: google_images, query: cats, label: REAL}\n"
    (tmp_path / "params.yaml").write_text(params.replace("collect:", f"{cats}collect:", 1))
    (tmp_path / "dvc.yaml").write_text(DVC)
    urls = [f"http://sandbox.test/{rank}.jpg" for rank in range(5)]
    found = [Candidate("cats", rank, Label.REAL, "google_images", url) for rank, url in enumerate(urls)]
    job = CollectionJob("cats", tmp_path, paths.spool("cats"))
    tally = gather(job, lambda context: fetch_all(found, context))
    assert (tally.records, dict(tally.rejected)) == (3, {"not-found": 1, "server-error": 1})
    dvc(tmp_path, "init", "-q", "--no-scm")
    dvc(tmp_path, "repro", "-q", "collect@cats")
    for number in (1, 3):
        site.routes[f"/{number}.jpg"] = Reply(encode(make_image(number)))
    site.log.clear()
    return tmp_path


def ranks(project):
    return [row["rank"] for row in iterate_rows(Paths(project).collected("cats"))]


def test_only_failures_are_tried_and_dvc_knows_what_came(touchstone, project, site):
    done = touchstone(project, "retry", "cats", "--cause", "server-error", "--json")
    assert json.loads(done.out) == {
        "source": "cats", "tried": 1, "fetched": 1, "failed": {"not-found": 1}, "committed": True
    }  # fmt: skip
    assert site.log == ["/3.jpg"]
    assert ranks(project) == [0, 2, 4, 3]
    assert json.loads(dvc(project, "status", "--json", "collect@cats")) == {}
    assert "didn't change" in dvc(project, "repro", "collect@cats")
    assert ranks(project) == [0, 2, 4, 3]

    assert touchstone(project, "retry", "cats").out == "cats: tried 1 again, fetched 1; failed: -\n"
    assert ranks(project) == [0, 2, 4, 3, 1]
    assert touchstone(project, "retry", "cats").out == "cats: tried 0 again, fetched 0; failed: -\n"
    assert site.log == ["/3.jpg", "/1.jpg"]
    assert not Paths(project).retry_spool("cats").exists()


def test_an_out_of_another_source_is_not_passed_off_as_current(touchstone, project):
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("query: cats", "query: kittens"))
    done = touchstone(project, "retry", "cats")
    assert "tried 2 again, fetched 2" in done.out
    assert "DVC was not told" in done.out
    dvc(project, "repro", "-q", "sources")
    assert json.loads(dvc(project, "status", "--json", "collect@cats")) != {}


def test_a_source_of_which_nothing_passed_can_be_collected_once_the_cause_is_mended(touchstone, tmp_path, site):
    write_project(tmp_path)
    (tmp_path / "dvc.yaml").write_text(DVC)
    dvc(tmp_path, "init", "-q", "--no-scm")
    (tmp_path / "list.csv").write_text("".join(["url\n", *(f"{site.url}/{n}.jpg\n" for n in range(4))]))
    params = (tmp_path / "params.yaml").read_text()
    line = "  cats: {collector: url_list, path: list.csv, label: REAL}\n"
    (tmp_path / "params.yaml").write_text(params.replace("collect:", f"{line}collect:", 1))
    for number in range(4):
        site.routes[f"/{number}.jpg"] = Reply("who are you?", 403)
    done = touchstone(tmp_path, "collect", "cats")
    assert done.code == 23
    assert "`touchstone retry cats`" in done.err
    assert touchstone(tmp_path, "retry", "cats").code == 23
    for number in range(4):
        site.routes[f"/{number}.jpg"] = Reply(encode(make_image(number)))
    site.log.clear()
    assert touchstone(tmp_path, "collect", "cats").code == 23
    assert site.log == []
    done = touchstone(tmp_path, "retry", "cats", "--json")
    assert json.loads(done.out) == {"source": "cats", "tried": 4, "fetched": 4, "failed": {}, "committed": True}
    assert json.loads(dvc(tmp_path, "status", "--json", "collect@cats")) == {}


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [("dogs", 10, "no source 'dogs'"), ("photos", 10, "not fetched one by one")],
)
def test_what_cannot_be_tried_again_is_said(touchstone, project, source, code, words):
    done = touchstone(project, "retry", source)
    assert done.code == code
    assert words in done.err


def test_a_source_that_was_never_collected(touchstone, tmp_path, site):
    write_project(tmp_path)
    params = (tmp_path / "params.yaml").read_text()
    line = "  cats: {collector: google_images, query: cats, label: REAL}\n"
    (tmp_path / "params.yaml").write_text(params.replace("collect:", f"{line}collect:", 1))
    done = touchstone(tmp_path, "retry", "cats")
    assert done.code == 40
    assert "dvc repro collect@cats" in done.err
