"""From candidates to records over HTTP: many at a time, in the order given, nothing twice."""

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from itertools import islice
from urllib.parse import urlsplit

from collectors.http.client import user_agent
from collectors.http.context import CollectContext
from collectors.http.crawl import Crawl, FetchJob
from collectors.http.fetch_settings import Fetching
from collectors.http.fetched import Fetched
from collectors.http.hosts import Hosts
from collectors.http.ledger import DELAY, Ledger
from collectors.http.outcome import PASSING, Failure
from collectors.http.previous import Previous
from collectors.http.spool import Spool
from collectors.http.workers import Workers
from pipeline.records.record import Candidate, Record, Rejection, reject
from pipeline.runtime.errors import TouchstoneError

#: How far ahead of the first picture that is still on its way others are fetched. It bounds memory.
WINDOW = 10_000

#: How many candidates are read before the workers are looked after again.
PORTION = 200

#: Seconds that what is on its way gets when a collection is stopped. What sends SIGKILL after SIGTERM waits for 10.
GRACE = 5.0


def fetch_all(found: Iterable[Candidate | Rejection], context: CollectContext) -> Iterator[Record | Rejection]:
    """Load every candidate's picture and give one record or rejection each, in the order of what was found.

    What an interrupted collection fetched comes from the spool, what the last whole one fetched from its shards. What
    failed is not asked again as long as the settings are the same, unless the cause may have passed.
    Pictures wait on disk, so memory does not grow with their number. Rejections pass. Whoever stops before the end, by
    closing this, with Ctrl-C or an error, waits up to ``GRACE`` seconds for what is on its way, so that it is kept.
    """
    settings = context.fetching
    fetching = Fetching(
        agent=user_agent(settings.contact),
        timeout=settings.timeout,
        max_bytes=settings.max_bytes,
        strict=settings.rights == "strict",
        internet=context.internet,
        spool=context.spool,
    )
    with (
        closing(Spool(context.spool)) as spool,
        Ledger(context.ledger, spool.open(), settings.digest()) as ledger,
        Workers[tuple[str, FetchJob]](settings.workers, settings.processes, fetching) as workers,
    ):
        ledger.recover(spool.facts())
        fetch = _Fetch(context, spool, ledger, workers)
        try:
            yield from fetch.give(found)
        finally:
            fetch.finish()


class _Fetch:
    def __init__(
        self, context: CollectContext, spool: Spool, ledger: Ledger, workers: Workers[tuple[str, FetchJob]]
    ) -> None:
        settings, internet = context.fetching, context.internet
        sandbox = urlsplit(internet.google).netloc if internet.local else None
        hosts = Hosts[FetchJob](settings.per_host, settings.per_second, sandbox)
        self._strict = settings.rights == "strict"
        self._asks_pages = settings.page_opt_outs
        self._internet, self._spool, self._ledger = internet, spool, ledger
        self._crawl = Crawl(hosts, workers, self._strict)
        self._previous = Previous(context.previous)
        self._open: set[str] = set()

    def give(self, found: Iterable[Candidate | Rejection]) -> Iterator[Record | Rejection]:
        source, ahead = iter(found), deque[Candidate | Rejection]()
        while True:
            portion = list(islice(source, min(PORTION, WINDOW - len(ahead))))
            for each in portion:
                ahead.append(checked := _checked(each))
                if isinstance(checked, Candidate):
                    self._want(checked)
            if not ahead:
                return
            while ahead and not self._is_open(ahead[0]):
                yield self._result(ahead.popleft())
            if self._open:
                self._step(0.0 if portion else DELAY)

    def finish(self) -> None:
        """Wait for what is on its way, but begin nothing more."""
        end = time.monotonic() + GRACE
        # A worker that cannot go on leaves in the spool what it has.
        with suppress(TouchstoneError):
            self._crawl.wind_down()
            if self._crawl.is_under_way:
                print(f"  stopping: waits up to {GRACE:g} s for what is on its way", file=sys.stderr, flush=True)
            while self._crawl.is_under_way and (left := end - time.monotonic()) > 0:
                self._step(left)

    def _is_open(self, each: Candidate | Rejection) -> bool:
        return isinstance(each, Candidate) and each.image_url in self._open

    def _want(self, candidate: Candidate) -> None:
        url = candidate.image_url
        if url in self._open or url in self._previous:
            return
        known = self._ledger.find(url)
        if known is None or (isinstance(known, Failure) and known.reason in PASSING):
            self._open.add(url)
            self._crawl.want(url, self._internet.current(url), self._page(candidate))

    def _page(self, candidate: Candidate) -> str | None:
        """Return the page to be asked first. From the sandbox, nobody goes out into the internet."""
        if candidate.page_url is None or not self._asks_pages:
            return None
        page = self._internet.current(candidate.page_url)
        return page if self._internet.owns(page) or not self._internet.local else None

    def _step(self, longest: float) -> None:
        settled = self._crawl.step(longest)
        self._ledger.enter(settled)
        self._open.difference_update(url for url, _ in settled)
        self._ledger.write()

    def _result(self, each: Candidate | Rejection) -> Record | Rejection:
        if isinstance(each, Rejection):
            return each
        outcome = self._previous.find(each.image_url) or self._fetched(each.image_url)
        if isinstance(outcome, Failure):
            return reject(each, outcome.reason, outcome.detail)
        if outcome.http.opt_out and self._strict:
            # It was fetched when `rights` said otherwise.
            return reject(each, "opted-out", outcome.http.opt_out)
        return Record(each, outcome.data, outcome.fetched_at, outcome.http)

    def _fetched(self, url: str) -> Fetched | Failure:
        known = self._ledger.find(url)
        if isinstance(known, Failure):
            return known
        data = known and self._spool.read(known)
        if known is None or data is None:
            return Failure("connection", "what was fetched is gone from the disk")
        return Fetched.from_spool(data, known)


def _checked(each: Candidate | Rejection) -> Candidate | Rejection:
    """Reject an address that is not even text: half of a surrogate pair, which no file takes."""
    if isinstance(each, Rejection):
        return each
    text = each.image_url.encode("utf-8", "replace").decode()
    return each if text == each.image_url else reject(replace(each, image_url=text), "bad-address", "not Unicode")
