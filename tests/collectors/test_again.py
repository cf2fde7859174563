import dataclasses

import pytest

from collectors.gathering.merging import merge
from collectors.http.fetch import fetch_all
from collectors.http.fetch_again import fetch_again
from pipeline.records.record import Candidate, Record, Rejection
from pipeline.records.shards import iterate_rows, write_source
from pipeline.runtime.errors import StageMissingError
from pipeline.storage.labels import Label
from tests.collectors.local_server import Reply
from tests.factories import encode, make_image


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr("collectors.http.retries.FIRST_PAUSE", 0.0)


@pytest.fixture
def again(site, context):
    """A collection of six: one gone, two with a server in trouble, and something that never was an address."""
    for number in range(6):
        site.routes[f"/{number}.jpg"] = Reply(encode(make_image(number)))
    candidates = [
        Candidate("cats", rank, Label.FAKE, "google_images", f"{site.url}/{rank}.jpg", title=f"Cat {rank}")
        for rank in range(6)
    ]
    site.routes["/1.jpg"] = Reply(status=410)
    site.routes["/2.jpg"] = site.routes["/4.jpg"] = Reply(status=500)
    context.previous.mkdir()
    write_source(context.previous, [*fetch_all(candidates, context), Rejection("cats", 6, "no-address")])
    for number in range(6):
        site.routes[f"/{number}.jpg"] = Reply(encode(make_image(number)))
    site.log.clear()
    later = dataclasses.replace(context, spool=context.root / "another spool")
    return lambda *causes: list(fetch_again(causes, later))


def outcomes(results):
    return {
        (result.rank if isinstance(result, Rejection) else result.candidate.rank): (
            result.reason if isinstance(result, Rejection) else "fetched"
        )
        for result in results
    }


def test_only_failures_are_asked_for_again_and_all_keep_their_places(site, again):
    results = again()
    assert sorted(site.log) == ["/1.jpg", "/2.jpg", "/4.jpg"]
    assert outcomes(results) == {1: "fetched", 2: "fetched", 4: "fetched"}
    assert all(isinstance(result, Record) for result in results)
    assert [result.data for result in results] == [encode(make_image(number)) for number in (1, 2, 4)]
    found = results[2].candidate
    assert (found.rank, found.label, found.title) == (4, Label.FAKE, "Cat 4")


def test_a_cause_chooses_among_them(site, again):
    results = again("server-error", "timeout")
    assert sorted(site.log) == ["/2.jpg", "/4.jpg"]
    assert outcomes(results) == {2: "fetched", 4: "fetched"}


def test_what_still_fails_can_be_tried_once_more(site, context, again):
    site.routes["/2.jpg"] = Reply(status=404)
    folder = context.root / "third"
    folder.mkdir()
    merge(context.previous, folder, again(), None)
    assert sorted(row["rank"] for row in iterate_rows(folder)) == [0, 1, 3, 4, 5]
    site.routes["/2.jpg"] = Reply(encode(make_image(2)))
    once_more = dataclasses.replace(context, previous=folder, spool=context.root / "third spool")
    site.log.clear()
    assert outcomes(fetch_again((), once_more)) == {2: "fetched"}
    assert site.log == ["/2.jpg"]


def test_without_a_collection_there_is_nothing_to_try(context):
    with pytest.raises(StageMissingError, match="run `dvc repro collect@previous`"):
        list(fetch_again((), context))
