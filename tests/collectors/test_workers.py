import os
import signal
import time

import psutil
import pytest

from collectors.http.context import Internet
from collectors.http.fetch_settings import Fetching
from collectors.http.spool import Spool
from collectors.http.worker import FetchRequest
from collectors.http.workers import Workers
from pipeline.runtime.errors import ServiceError, TouchstoneError
from tests.collectors.local_server import Reply
from tests.factories import encode, make_image


@pytest.fixture
def fetching(site, tmp_path):
    site.routes["/a.jpg"] = Reply(encode(make_image(1)))
    Spool(tmp_path / "spool").open()
    return Fetching(
        agent="touchstone/test",
        timeout=60.0,
        max_bytes=100_000,
        strict=True,
        internet=Internet(site.url, None, local=(site.url,)),
        spool=tmp_path / "spool",
    )


def reply_to(workers, *orders):
    for number, order in enumerate(orders):
        workers.give([number], [order])
    found, deadline = {}, time.monotonic() + 120
    while len(found) < len(orders):
        assert time.monotonic() < deadline
        found |= dict(workers.replies(1.0))
    return [found[number].answer for number in range(len(orders))]


def test_workers_in_other_processes_keep_pictures_and_a_dead_one_is_said(site, fetching):
    url, before = f"{site.url}/a.jpg", set(psutil.Process().children())
    with Workers(4, 2, fetching) as workers:
        first, second = reply_to(
            workers, FetchRequest("picture", url, url), FetchRequest("picture", f"{url}?2", "another key")
        )
        spool = Spool(fetching.spool)
        assert spool.read(second) == encode(make_image(1))
        assert set(spool.facts()) == {first, second}
        spool.close()
        assert (first.url, first.sha256, first.size) == (url, second.sha256, second.size)
        started = set(psutil.Process().children()) - before
        fetchers = [each for each in started if "spawn_main" in " ".join(each.cmdline())]
        assert len(fetchers) == 2
        for fetcher in fetchers:
            os.kill(fetcher.pid, signal.SIGKILL)
        psutil.wait_procs(fetchers, 60)
        with pytest.raises(ServiceError, match="has died"):
            reply_to(workers, FetchRequest("picture", url, url))


def test_a_disk_that_takes_no_more_ends_the_collection(site, fetching, tmp_path):
    (tmp_path / "spool").rename(tmp_path / "gone")
    with Workers(1, 1, fetching) as workers, pytest.raises(TouchstoneError, match="cannot be written"):
        reply_to(workers, FetchRequest("picture", f"{site.url}/a.jpg", "key"))
