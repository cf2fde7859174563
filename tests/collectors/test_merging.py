"""A later search put to an earlier one, against a real server."""

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.gathering.merging import merge, read_seen
from collectors.http.fetch import fetch_all
from pipeline.records.record import Candidate, Rejection, reject
from pipeline.records.shards import iterate_rows, read_rejected, read_shard, write_source
from pipeline.storage.labels import Label
from tests.collectors.local_server import Reply
from tests.factories import encode, make_image, make_record

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr("collectors.http.retries.FIRST_PAUSE", 0.0)


@pytest.fixture
def search(site, context):
    """Search and fetch: what is shown, by numbers of pictures, comes into a folder of its own, which is given."""
    for number in range(9):
        site.routes[f"/{number}.jpg"] = Reply(encode(make_image(number)))
    done = []

    def once(shown):
        candidates = [
            Candidate("cats", rank, None, "google_images", f"{site.url}/{n}.jpg") for rank, n in enumerate(shown)
        ]
        here = replace(
            context, spool=context.root / f"spool {len(done)}", previous=done[-1] if done else context.previous
        )
        folder = context.root / str(len(done)) / "cats"
        folder.mkdir(parents=True)
        if done:
            merge(done[-1], folder, fetch_all(candidates, here), NOW)
        else:
            write_source(folder, fetch_all(candidates, here))
        done.append(folder)
        return folder

    return once


def places(folder):
    return {row["rank"]: row["image_url"].split("/")[-1] for row in iterate_rows(folder)}


def test_what_is_new_is_added_and_what_is_gone_stays(site, search):
    site.routes["/2.jpg"] = Reply(status=404)
    first = search([0, 1, 2, 3])
    site.log.clear()
    site.routes["/2.jpg"] = Reply(encode(make_image(2)))
    site.routes["/7.jpg"] = Reply(status=404)
    second = search([6, 3, 7, 2, 0])
    assert sorted(site.log) == ["/2.jpg", "/6.jpg", "/7.jpg"]
    # A rank is for ever: number 2 has the one under which it failed, what is new those behind all others.
    assert places(second) == {0: "0.jpg", 1: "1.jpg", 3: "3.jpg", 4: "6.jpg", 2: "2.jpg"}
    assert [(row["rank"], row["reason"]) for row in read_rejected(second).to_pylist()] == [(5, "not-found")]
    assert (second / "shard-00000.parquet").read_bytes() == (first / "shard-00000.parquet").read_bytes()
    assert read_seen(second) == dict.fromkeys([0, 2, 3, 4, 5], NOW)
    third = search([1])
    assert places(third) == places(second)
    assert sorted(read_seen(third)) == [0, 1, 2, 3, 4, 5]


def test_what_is_said_of_a_picture_may_change(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    data = [encode(make_image(number)) for number in range(3)]
    for folder, label, licence in ((before, Label.REAL, "CC0"), (after, Label.FAKE, None)):
        folder.mkdir()
        records = [make_record("x", rank, data[rank], label, license=licence) for rank in range(3)]
        if folder is before:
            write_source(folder, records)
    merge(before, after, records[1:2], None)
    assert [(row["label"], row["license"]) for row in iterate_rows(after)] == [(0, "CC0"), (1, None), (0, "CC0")]
    assert [row["image"] for row in iterate_rows(after)] == [row["image"] for row in iterate_rows(before)]
    assert read_seen(after) == {}


def test_shards_of_an_earlier_version_are_read_and_added_to(tmp_path):
    before, after = tmp_path / "before", tmp_path / "cats"
    before.mkdir()
    after.mkdir()
    records = [make_record("old_name", rank, encode(make_image(rank)), Label.FAKE) for rank in range(4)]
    write_source(before, records[:3])
    # It wrote the source's name, and no null into labels.
    for path in (before / "shard-00000.parquet", before / "rejected.parquet"):
        table = pq.read_table(path)
        table = table.append_column("source", pa.array(["old_name"] * table.num_rows, pa.string()))
        fields = [field.with_nullable(field.name != "label") for field in table.schema]
        pq.write_table(table.cast(pa.schema(fields)), path)
    stated = [replace(each, candidate=replace(each.candidate, label=None)) for each in records[2:]]
    merge(before, after, stated, NOW)
    assert [(row["rank"], row["source"], row["label"]) for row in iterate_rows(after)] == [
        (0, "cats", 1), (1, "cats", 1), (2, "cats", None), (3, "cats", None)
    ]  # fmt: skip
    assert "source" in read_shard(after / "shard-00001.parquet").schema.names


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=8), min_size=1, max_size=4))
def test_nothing_that_was_there_goes_whatever_later_searches_show(tmp_path_factory, searches):
    root = tmp_path_factory.mktemp("merged")
    pictures = [encode(make_image(number, 8, 8)) for number in range(6)]
    previous, fetched = None, set()
    for number, shown in enumerate(searches):
        folder = root / str(number) / "x"
        folder.mkdir(parents=True)
        results = [make_record("x", rank, pictures[n]) for rank, (n, _) in enumerate(shown)]
        results = [
            each if ok else reject(each.candidate, "timeout") for each, (_, ok) in zip(results, shown, strict=True)
        ]
        named = [
            replace(each, image_url=f"{n}.jpg", candidate=replace(each.candidate, image_url=f"{n}.jpg"))
            if isinstance(each, Rejection)
            else replace(each, candidate=replace(each.candidate, image_url=f"{n}.jpg"))
            for each, (n, _) in zip(results, shown, strict=True)
        ]
        if previous is None:
            write_source(folder, named)
        else:
            merge(previous, folder, named, NOW)
            rows, before = list(iterate_rows(folder)), list(iterate_rows(previous))
            assert rows[: len(before)] == before
        fetched |= {n for n, ok in shown if ok}
        rows = list(iterate_rows(folder))
        assert {row["image_url"] for row in rows} == {f"{n}.jpg" for n in fetched}
        ranks = [row["rank"] for row in rows] + read_rejected(folder)["rank"].to_pylist()
        assert len(ranks) == len(set(ranks))
        previous = folder
