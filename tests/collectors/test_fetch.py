import dataclasses
import io
import shutil
import sqlite3
import sys
import threading
import time
from collections import Counter

from collectors.http.context import SANDBOX, Internet
from collectors.http.fetch import fetch_all
from pipeline.records.record import Candidate, Record
from pipeline.records.shards import write_source
from pipeline.storage.labels import Label
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image


def offer(site, count, start=0):
    """Put pictures on the server and give a candidate for each."""
    for number in range(start, start + count):
        site.routes[f"/{number}.jpg"] = Reply(encode(make_image(number)))
    return [
        Candidate("animals", rank, Label.REAL, "google_images", f"{site.url}/{start + rank}.jpg")
        for rank in range(count)
    ]


def write(folder, results):
    folder.mkdir()
    write_source(folder, results)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_results_come_in_the_order_of_the_candidates_however_long_each_takes(site, context):
    candidates = offer(site, 12)
    quick = site.routes["/0.jpg"]
    site.routes["/0.jpg"] = lambda handler: (time.sleep(0.3), quick(handler))
    del site.routes["/5.jpg"]
    results = list(fetch_all(candidates, context))
    assert [getattr(result, "candidate", result).rank for result in results] == list(range(12))
    assert (results[5].reason, results[5].image_url) == ("not-found", f"{site.url}/5.jpg")
    assert results[3].data == encode(make_image(3))


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def after(condition, answer):
    return lambda handler: (wait_for(condition), answer(handler))


class Stopping(io.StringIO):
    """What hears that a collection is being stopped: on stderr, it says that it waits for what is on its way."""

    def __init__(self):
        super().__init__()
        self.heard = False

    def write(self, text):
        self.heard |= "stopping" in text
        return super().write(text)


def listen(monkeypatch):
    ear = Stopping()
    monkeypatch.setattr(sys, "stderr", ear)
    return ear


def test_going_on_fetches_nothing_twice_and_asks_for_nothing_that_is_gone(site, context, monkeypatch):
    """When it is closed, a picture is on its way, an answer that there is none, and one that it is elsewhere."""
    candidates, stopping = offer(site, 20), listen(monkeypatch)
    site.routes["/moved.jpg"] = site.routes["/3.jpg"]
    site.routes["/2.jpg"] = Reply(status=410)
    site.routes["/3.jpg"] = Reply(status=301, headers={"Location": "/moved.jpg"})
    late = {"/1.jpg", "/2.jpg", "/3.jpg"}
    for path in late:
        site.routes[path] = after(lambda: stopping.heard, site.routes[path])
    site.routes["/0.jpg"] = after(lambda: late <= set(site.log), site.routes["/0.jpg"])
    interrupted = fetch_all(candidates, context)
    next(interrupted)
    interrupted.close()
    asked = sorted(site.log)
    assert asked == ["/0.jpg", "/1.jpg", "/2.jpg", "/3.jpg", "/moved.jpg"]
    results = list(fetch_all(candidates, context))
    assert [result.rank for result in results if not isinstance(result, Record)] == [2]
    assert sorted(site.log[:5]) == asked
    assert len(site.log) == len(set(site.log)) == 21


def test_who_does_not_answer_is_waited_for_within_a_bound_when_a_collection_is_closed(site, context, monkeypatch):
    monkeypatch.setattr("collectors.http.fetch.GRACE", 0.2)
    candidates = offer(site, 4)
    closed = threading.Event()
    site.routes["/1.jpg"] = after(closed.is_set, site.routes["/1.jpg"])
    fetching = context.fetching.model_copy(update={"timeout": 60.0})
    interrupted = fetch_all(candidates, dataclasses.replace(context, fetching=fetching))
    next(interrupted)
    interrupted.close()
    closed.set()
    assert all(isinstance(result, Record) for result in fetch_all(candidates, context))
    asked = Counter(site.log)
    assert asked.keys() == {"/0.jpg", "/1.jpg", "/2.jpg", "/3.jpg"}
    assert {asked[path] for path in asked if path != "/1.jpg"} == {1}


def test_what_waits_for_its_turn_is_not_begun_when_a_collection_is_closed(site, context, monkeypatch):
    """Be it for the sandbox, where several orders are given at once, or one whose rules are on their way."""
    candidates, stopping, asked = offer(site, 2000), listen(monkeypatch), threading.Event()
    with serving() as first, serving() as strange:
        offer(first, 1)
        # Set as soon as it is asked for; from then on, the sandbox answers nothing until the collection is stopped.
        first.routes["/0.jpg"] = after(lambda: asked.set() or strange.robots == 1, first.routes["/0.jpg"])
        strange.routes["/robots.txt"] = after(lambda: stopping.heard, Reply("User-agent: *"))
        for path, answer in list(site.routes.items()):
            site.routes[path] = after(lambda: stopping.heard or not asked.is_set(), answer)
        ahead = [dataclasses.replace(candidates[0], image_url=f"{host.url}/0.jpg") for host in (first, strange)]
        internet = dataclasses.replace(context.internet, local=(first.url, site.url, strange.url))
        interrupted = fetch_all([*ahead, *candidates], dataclasses.replace(context, internet=internet))
        next(interrupted)
        before = len(site.log)
        interrupted.close()
        assert strange.log == []
    # Two workers may have been between two requests.
    assert len(site.log) <= before + 2


def test_nothing_that_a_collection_started_goes_on_after_it(site, context):
    before = set(threading.enumerate())
    list(fetch_all(offer(site, 3), context))
    started = {thread.name for thread in set(threading.enumerate()) - before}
    assert started.isdisjoint({"deadlines", "fetch"})


def test_what_may_have_passed_is_tried_again_when_a_collection_goes_on(site, context, monkeypatch):
    monkeypatch.setattr("collectors.http.retries.FIRST_PAUSE", 0.0)
    (candidate,) = offer(site, 1)
    picture = site.routes["/0.jpg"]
    site.routes["/0.jpg"] = Reply(status=503)
    assert next(fetch_all([candidate], context)).reason == "server-error"
    site.routes["/0.jpg"] = picture
    assert isinstance(next(fetch_all([candidate], context)), Record)


def test_a_longer_collection_fetches_only_what_is_new(site, context):
    candidates = offer(site, 10)
    del site.routes["/4.jpg"]
    write(context.previous, fetch_all(candidates[:6], context))
    site.log.clear()
    later = dataclasses.replace(context, spool=context.root / "another spool")
    results = list(fetch_all(candidates, later))
    assert sorted(site.log) == ["/4.jpg", "/6.jpg", "/7.jpg", "/8.jpg", "/9.jpg"]
    assert [isinstance(result, Record) for result in results] == [rank != 4 for rank in range(10)]


def test_an_unchanged_web_gives_the_same_bytes(site, context):
    candidates = offer(site, 4)
    del site.routes["/2.jpg"]
    first = write(context.previous, fetch_all(candidates, context))
    later = dataclasses.replace(context, spool=context.root / "another spool")
    assert write(context.root / "again", fetch_all(candidates, later)) == first


def test_the_sandbox_may_be_somewhere_else_the_next_time(site, context):
    offer(site, 6)
    candidates = [
        Candidate("animals", rank, Label.REAL, "google_images", f"{SANDBOX}/{rank}.jpg") for rank in range(6)
    ]
    list(fetch_all(candidates[:3], context))
    with serving() as elsewhere:
        offer(elsewhere, 6)
        moved = dataclasses.replace(context, internet=Internet(elsewhere.url, None, local=(elsewhere.url,)))
        results = list(fetch_all(candidates, moved))
    assert sorted(elsewhere.log) == ["/3.jpg", "/4.jpg", "/5.jpg"]
    assert [result.http.final_url for result in results] == [candidate.image_url for candidate in candidates]


def test_a_damaged_previous_collection_is_no_obstacle(site, context):
    candidates = offer(site, 2)
    context.previous.mkdir()
    (context.previous / "shard-00000.parquet").write_bytes(b"no parquet")
    assert all(isinstance(result, Record) for result in fetch_all(candidates, context))


def test_an_opt_out_follows_the_rights_of_the_day(site, context):
    candidates = offer(site, 2)
    site.routes["/1.jpg"] = Reply(encode(make_image(1)), headers={"X-Robots-Tag": "noai"})

    def fetch(rights, spool):
        fetching = context.fetching.model_copy(update={"rights": rights})
        return list(fetch_all(candidates, dataclasses.replace(context, fetching=fetching, spool=context.root / spool)))

    assert fetch("strict", "one")[1].reason == "opted-out"
    assert fetch("research", "one")[1].http.opt_out == "noai"
    assert fetch("strict", "one")[1].reason == "opted-out"
    write(context.previous, fetch("research", "two"))
    site.log.clear()
    assert fetch("research", "three")[1].http.opt_out == "noai"
    assert fetch("strict", "three")[1].reason == "opted-out"
    assert site.log == []


def test_an_address_that_is_found_twice_is_fetched_once(site, context):
    (candidate,) = offer(site, 1)
    twice = [candidate, dataclasses.replace(candidate, rank=1)]
    assert [result.data for result in fetch_all(twice, context)] == [encode(make_image(0))] * 2
    assert site.log == ["/0.jpg"]


def test_a_host_that_stalls_holds_up_no_other(site, context):
    """Five pictures on a host that says nothing come first; those of another come meanwhile, with three workers."""
    candidates, came, stalls, over = offer(site, 40), [], [], threading.Event()

    def stall(_):
        stalls.append(time.monotonic())
        over.wait(60)

    for candidate in candidates:
        answer = site.routes[candidate.image_url.removeprefix(site.url)]
        site.routes[candidate.image_url.removeprefix(site.url)] = lambda handler, answer=answer: (
            came.append(time.monotonic()), answer(handler)
        )  # fmt: skip
    with serving() as stalled:
        internet = dataclasses.replace(context.internet, local=(site.url, stalled.url))
        stalled.routes |= {f"/{number}.jpg": stall for number in range(5)}
        slow = [dataclasses.replace(each, image_url=f"{stalled.url}/{each.rank}.jpg") for each in candidates[:5]]
        fetching = context.fetching.model_copy(
            update={"workers": 3, "per_host": 2, "per_second": 1000.0, "timeout": 2.0}
        )
        context = dataclasses.replace(context, internet=internet, fetching=fetching)
        results = list(fetch_all([*slow, *candidates], context))
        over.set()
    assert [getattr(result, "reason", "fetched") for result in results] == ["timeout"] * 5 + ["fetched"] * 40
    # One at a time after the first two that were not answered, two seconds each; the others did not wait for them.
    assert len(stalls) == 5
    assert stalls[-1] - stalls[0] > 5
    assert len(came) == 40
    assert max(came) < stalls[-1]


def test_what_the_ledger_holds_outlives_the_spool(site, context):
    candidates = offer(site, 3)
    site.routes["/1.jpg"] = Reply(status=404)
    list(fetch_all(candidates, context))
    shutil.rmtree(context.spool)
    site.log.clear()
    list(fetch_all(candidates, context))
    assert sorted(site.log) == ["/0.jpg", "/1.jpg", "/2.jpg"]
    with sqlite3.connect(context.ledger) as ledger:
        found = ledger.execute("SELECT url, tries, reason FROM outcomes ORDER BY url").fetchall()
    assert found == [
        (f"{site.url}/0.jpg", 2, None), (f"{site.url}/1.jpg", 2, "not-found"), (f"{site.url}/2.jpg", 2, None)
    ]  # fmt: skip
