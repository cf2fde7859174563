"""The way of an address to its picture: rules first, then redirects and further tries, each in its host's turn.

Everything here is decided in one thread that never waits for a host; those who wait are the workers.
"""

import math
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from collectors.http.addresses import AddressError, check_form
from collectors.http.expiring_cache import ExpiringCache
from collectors.http.hosts import Hosts
from collectors.http.outcome import Failure, Redirect
from collectors.http.retries import pause_before
from collectors.http.robots import Robots, robots_address
from collectors.http.spool import FetchFacts
from collectors.http.worker import FetchReply, FetchRequest, Kind
from collectors.http.workers import Workers

MAX_REDIRECTS = 5

#: Seconds that a host's wish for a pause is waited for. It is left alone for the rest of a longer one.
LONGEST_PAUSE = 60.0

#: What says that a host did not answer at all.
SILENCE = frozenset({"timeout", "connection", "unknown-host"})

#: Of how many pages it is remembered whether they opt out, and for how many seconds.
PAGES = 10_000
PAGE_LIFETIME = 24 * 3600.0


@dataclass(slots=True)
class FetchJob:
    """An address on its way: ``start`` is where it begins, and ``url`` where it is now.

    ``page`` shows the picture and is still to be asked; ``page_said`` is how it opts out.
    """

    kind: Kind
    key: str
    start: str
    page: str | None = None
    page_said: str | None = None
    url: str = ""
    hops: int = 0
    tried: int = 0

    def __post_init__(self) -> None:
        self.url = self.start


class Crawl:
    """Fetches what is wanted by ``workers``, as ``hosts`` allow; if ``strict``, nothing that its page opts out of."""

    def __init__(self, hosts: Hosts[FetchJob], workers: Workers[tuple[str, FetchJob]], strict: bool) -> None:
        self._hosts, self._workers, self._strict = hosts, workers, strict
        self._robots = Robots()
        self._pages: ExpiringCache[str | None] = ExpiringCache(PAGES, PAGE_LIFETIME)
        self._parked: dict[tuple[Kind, str], list[FetchJob]] = {}
        self._refusals: dict[str, Failure] = {}
        self._settled: list[tuple[str, FetchFacts | Failure]] = []
        self._ending = False

    @property
    def is_under_way(self) -> bool:
        """Whether anything is still to come."""
        return self._workers.are_busy or self._hosts.wait(time.monotonic()) < math.inf

    def wind_down(self) -> None:
        """Begin nothing more: from now on only what is under way is brought to its end.

        Raises:
            TouchstoneError: a worker has died.
        """
        self._ending = True
        self._hosts.keep(self._is_begun)
        self._workers.cut_short()

    def want(self, key: str, url: str, page: str | None = None) -> None:
        """Set out for a picture; ``page`` shows it, and is asked first whether it opts out."""
        self._pursue(FetchJob("picture", key, url, page))

    def step(self, longest: float) -> list[tuple[str, FetchFacts | Failure]]:
        """Return orders, wait for replies, but not for long, and give what came of pictures, by their keys."""
        while self._workers.are_free and (found := self._hosts.take(time.monotonic())):
            host, jobs = found
            orders = [FetchRequest(job.kind, job.url, job.key, job.page_said) for job in jobs]
            self._workers.give([(host, job) for job in jobs], orders)
        if not self._settled:
            pause = self._hosts.wait(time.monotonic()) if self._workers.are_free else math.inf
            for (host, job), reply in self._workers.replies(min(pause, longest)):
                self._take(host, job, reply)
        settled, self._settled = self._settled, []
        return settled

    def _take(self, host: str, job: FetchJob, reply: FetchReply) -> None:
        answer = reply.answer
        self._hosts.release(host, not (isinstance(answer, Failure) and answer.reason in SILENCE))
        if reply.pause:
            self._hold(host, reply.pause, answer.reason if isinstance(answer, Failure) else "too-many-requests")
        if isinstance(answer, Redirect):
            self._redirect(job, answer.target)
        elif isinstance(answer, Failure):
            self._fail(job, answer)
        else:
            self._finish(job, answer)

    def _hold(self, host: str, pause: float, reason: str) -> None:
        self._hosts.hold(host, time.monotonic() + pause)
        if pause > LONGEST_PAUSE:
            self._refusals[host] = Failure(reason, "the host asks for a longer pause than is waited for")
            for job in self._hosts.clear(host):
                self._queue(job, 0.0)

    def _redirect(self, job: FetchJob, target: str) -> None:
        job.hops += 1
        if job.hops > MAX_REDIRECTS:
            self._finish(job, Failure("redirect-loop", f"more than {MAX_REDIRECTS} redirects"))
            return
        try:
            job.url = urljoin(job.url, target)
        except ValueError as error:
            self._finish(job, Failure("bad-address", str(error)))
            return
        self._pursue(job)

    def _fail(self, job: FetchJob, failure: Failure) -> None:
        job.tried += 1
        pause = pause_before(failure, job.tried)
        if pause is None:
            self._finish(job, failure)
            return
        job.url, job.hops = job.start, 0
        self._pursue(job, time.monotonic() + pause)

    def _pursue(self, job: FetchJob, start: float = 0.0) -> None:
        """Bring an errand into its host's queue, or to an end, or let it wait for what has to be known first."""
        try:
            check_form(job.url)
        except AddressError as error:
            self._finish(job, Failure(error.reason, error.detail))
            return
        if job.page is not None:
            if job.page not in self._pages:
                self._ask_first("page", job.page, job)
                return
            job.page_said, job.page = self._pages[job.page], None
        if job.page_said and self._strict:
            self._finish(job, Failure("opted-out", job.page_said))
        elif job.kind == "robots":
            self._queue(job, start)
        else:
            self._pursue_by_rules(job, start)

    def _pursue_by_rules(self, job: FetchJob, start: float) -> None:
        rules = robots_address(job.url)
        if not self._robots.knows(rules):
            self._ask_first("robots", rules, job)
        elif failure := self._robots.verdict(rules, job.url):
            self._finish(job, failure)
        else:
            self._queue(job, start)

    def _ask_first(self, kind: Kind, url: str, job: FetchJob) -> None:
        waiting = self._parked.setdefault((kind, url), [])
        waiting.append(job)
        if len(waiting) == 1:
            self._pursue(FetchJob(kind, url, url))

    def _queue(self, job: FetchJob, start: float) -> None:
        if self._ending and not self._is_begun(job):
            return
        host = urlsplit(job.url).netloc.lower()
        if self._hosts.held(host, time.monotonic()) > LONGEST_PAUSE:
            self._finish(job, self._refusals[host])
        else:
            self._hosts.put(host, job, start)

    def _is_begun(self, job: FetchJob) -> bool:
        """Return whether a picture is only a redirect away, or waits for this."""
        waiting = self._parked.get((job.kind, job.key), ()) if job.kind != "picture" else ()
        return (job.kind == "picture" and job.hops > 0) or any(map(self._is_begun, waiting))

    def _finish(self, job: FetchJob, answer: FetchFacts | str | Failure | None) -> None:
        if isinstance(answer, FetchFacts) or (job.kind == "picture" and isinstance(answer, Failure)):
            self._settled.append((job.key, answer))
            return
        if job.kind == "robots":
            self._robots.learn(job.key, answer or "")
        else:
            self._pages[job.key] = answer if isinstance(answer, str) else None
        for waiting in self._parked.pop((job.kind, job.key)):
            self._pursue(waiting)
