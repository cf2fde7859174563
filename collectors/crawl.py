"""The way of an address to its picture: rules first, then redirects and further tries, each in its host's turn.

Everything here is decided in one thread that never waits for a host; those who wait are the workers.
"""

import math
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from collectors.addresses import AddressError, check_form
from collectors.hosts import Hosts
from collectors.outcome import Failure, Redirect
from collectors.recent import Recent
from collectors.retries import pause_before
from collectors.robots import Robots, robots_address
from collectors.spool import Facts
from collectors.worker import Kind, Order, Reply
from collectors.workers import Workers

MAX_REDIRECTS = 5

#: Seconds that a host's wish for a pause is waited for. It is left alone for the rest of a longer one.
LONGEST_PAUSE = 60.0

#: What says that a host did not answer at all.
SILENCE = frozenset({"timeout", "connection", "unknown-host"})

#: Of how many pages it is remembered whether they opt out, and for how many seconds.
PAGES = 10_000
PAGE_LIFETIME = 24 * 3600.0


@dataclass(slots=True)
class Errand:
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

    def __init__(self, hosts: Hosts[Errand], workers: Workers[tuple[str, Errand]], strict: bool) -> None:
        self._hosts, self._workers, self._strict = hosts, workers, strict
        self._robots = Robots()
        self._pages: Recent[str | None] = Recent(PAGES, PAGE_LIFETIME)
        self._parked: dict[tuple[Kind, str], list[Errand]] = {}
        self._refusals: dict[str, Failure] = {}
        self._settled: list[tuple[str, Facts | Failure]] = []

    def want(self, key: str, url: str, page: str | None = None) -> None:
        """Set out for a picture; ``page`` shows it, and is asked first whether it opts out."""
        self._pursue(Errand("picture", key, url, page))

    def step(self, longest: float) -> list[tuple[str, Facts | Failure]]:
        """Give orders, wait for replies, but not for long, and give what came of pictures, by their keys."""
        while self._workers.are_free and (found := self._hosts.take(time.monotonic())):
            host, errands = found
            orders = [Order(errand.kind, errand.url, errand.key, errand.page_said) for errand in errands]
            self._workers.give([(host, errand) for errand in errands], orders)
        if not self._settled:
            pause = self._hosts.wait(time.monotonic()) if self._workers.are_free else math.inf
            for (host, errand), reply in self._workers.replies(min(pause, longest)):
                self._take(host, errand, reply)
        settled, self._settled = self._settled, []
        return settled

    def _take(self, host: str, errand: Errand, reply: Reply) -> None:
        answer = reply.answer
        self._hosts.release(host, not (isinstance(answer, Failure) and answer.reason in SILENCE))
        if reply.pause:
            self._hold(host, reply.pause, answer.reason if isinstance(answer, Failure) else "too-many-requests")
        if isinstance(answer, Redirect):
            self._redirect(errand, answer.target)
        elif isinstance(answer, Failure):
            self._fail(errand, answer)
        else:
            self._finish(errand, answer)

    def _hold(self, host: str, pause: float, reason: str) -> None:
        self._hosts.hold(host, time.monotonic() + pause)
        if pause > LONGEST_PAUSE:
            self._refusals[host] = Failure(reason, "the host asks for a longer pause than is waited for")
            for errand in self._hosts.clear(host):
                self._queue(errand, 0.0)

    def _redirect(self, errand: Errand, target: str) -> None:
        errand.hops += 1
        if errand.hops > MAX_REDIRECTS:
            self._finish(errand, Failure("redirect-loop", f"more than {MAX_REDIRECTS} redirects"))
            return
        try:
            errand.url = urljoin(errand.url, target)
        except ValueError as error:
            self._finish(errand, Failure("bad-address", str(error)))
            return
        self._pursue(errand)

    def _fail(self, errand: Errand, failure: Failure) -> None:
        errand.tried += 1
        pause = pause_before(failure, errand.tried)
        if pause is None:
            self._finish(errand, failure)
            return
        errand.url, errand.hops = errand.start, 0
        self._pursue(errand, time.monotonic() + pause)

    def _pursue(self, errand: Errand, start: float = 0.0) -> None:
        """Bring an errand into its host's queue, or to an end, or let it wait for what has to be known first."""
        try:
            check_form(errand.url)
        except AddressError as error:
            self._finish(errand, Failure(error.reason, error.detail))
            return
        if errand.page is not None:
            if errand.page not in self._pages:
                self._ask_first("page", errand.page, errand)
                return
            errand.page_said, errand.page = self._pages[errand.page], None
        if errand.page_said and self._strict:
            self._finish(errand, Failure("opted-out", errand.page_said))
        elif errand.kind == "robots":
            self._queue(errand, start)
        else:
            self._pursue_by_rules(errand, start)

    def _pursue_by_rules(self, errand: Errand, start: float) -> None:
        rules = robots_address(errand.url)
        if not self._robots.knows(rules):
            self._ask_first("robots", rules, errand)
        elif failure := self._robots.verdict(rules, errand.url):
            self._finish(errand, failure)
        else:
            self._queue(errand, start)

    def _ask_first(self, kind: Kind, url: str, errand: Errand) -> None:
        waiting = self._parked.setdefault((kind, url), [])
        waiting.append(errand)
        if len(waiting) == 1:
            self._pursue(Errand(kind, url, url))

    def _queue(self, errand: Errand, start: float) -> None:
        host = urlsplit(errand.url).netloc.lower()
        if self._hosts.held(host, time.monotonic()) > LONGEST_PAUSE:
            self._finish(errand, self._refusals[host])
        else:
            self._hosts.put(host, errand, start)

    def _finish(self, errand: Errand, answer: Facts | str | Failure | None) -> None:
        if isinstance(answer, Facts) or (errand.kind == "picture" and isinstance(answer, Failure)):
            self._settled.append((errand.key, answer))
            return
        if errand.kind == "robots":
            self._robots.learn(errand.key, answer or "")
        else:
            self._pages[errand.key] = answer if isinstance(answer, str) else None
        for waiting in self._parked.pop((errand.kind, errand.key)):
            self._pursue(waiting)
