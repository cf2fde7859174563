"""When which host may be asked: so many requests at a time, so many a second, and not while it asks for a pause.

What waits for a host waits here, and not in a thread: a slow host keeps nobody from the others.
"""

import heapq
import math
from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

Errand = TypeVar("Errand")

#: Errands that go to an unlimited host together, as long as that is a small part of what waits for it. Messages
#: between processes are as many times fewer.
TOGETHER = 8
PART = 16


class Hosts(Generic[Errand]):
    """A queue of jobs per host. All times are seconds on one clock, which the caller reads.

    ``unlimited`` is a host that may be asked at any rate: the sandbox.
    """

    def __init__(self, per_host: int, per_second: float, unlimited: str | None = None) -> None:
        self._per_host = per_host
        self._gap = 1 / per_second
        self._unlimited = unlimited
        self._hosts: dict[str, _Host[Errand]] = {}
        self._due: list[tuple[float, int, str]] = []
        self._tickets = count()

    def put(self, name: str, job: Errand, start: float) -> None:
        """Queue an errand that is to be done at ``start`` or later."""
        host = self._find(name)
        heapq.heappush(host.jobs, (start, next(self._tickets), job))
        self._line_up(name, host)

    def take(self, now: float) -> tuple[str, list[Errand]] | None:
        """Return a host that may be asked now, and what for; each errand is under way until ``release``.

        It is one errand, or some to be done one after the other where the host is unlimited.
        """
        while self._due and self._due[0][0] <= now:
            time, _, name = heapq.heappop(self._due)
            host = self._hosts[name]
            if time != host.due:
                continue  # It has lined up anew since.
            host.due = math.inf
            if host.is_free() and host.start() <= now:
                jobs = host.take(now)
                self._line_up(name, host)
                return name, jobs
            self._line_up(name, host)
        return None

    def wait(self, now: float) -> float:
        """Return the seconds until ``take`` may have something; infinity if that depends on a ``release``."""
        return max(0.0, self._due[0][0] - now) if self._due else math.inf

    def release(self, name: str, answered: bool) -> None:
        """End what was under way. A host that did not answer is asked by one at a time until it does."""
        host = self._hosts[name]
        host.busy -= 1
        host.answers = answered
        self._line_up(name, host)

    def hold(self, name: str, until: float) -> None:
        """Leave a host alone until then."""
        host = self._find(name)
        host.held = max(host.held, until)

    def held(self, name: str, now: float) -> float:
        """Return the seconds for which a host is to be left alone."""
        return self._hosts[name].held - now if name in self._hosts else 0.0

    def clear(self, name: str) -> list[Errand]:
        """Return up what waits for a host."""
        host = self._hosts[name]
        jobs, host.jobs, host.due = host.jobs, [], math.inf
        return [job for _, _, job in sorted(jobs)]

    def keep(self, wanted: Callable[[Errand], bool]) -> None:
        """Return up all that waits and is not wanted."""
        self._due.clear()
        for name, host in self._hosts.items():
            host.jobs = [each for each in host.jobs if wanted(each[2])]
            heapq.heapify(host.jobs)
            host.due = math.inf
            self._line_up(name, host)

    def _find(self, name: str) -> "_Host[Errand]":
        if name not in self._hosts:
            free = name == self._unlimited
            self._hosts[name] = _Host(math.inf, 0.0) if free else _Host(self._per_host, self._gap)
        return self._hosts[name]

    def _line_up(self, name: str, host: "_Host[Errand]") -> None:
        if host.is_free() and host.start() < host.due:
            host.due = host.start()
            heapq.heappush(self._due, (host.due, next(self._tickets), name))


class _Host(Generic[Errand]):
    __slots__ = ("answers", "busy", "due", "gap", "held", "jobs", "next", "places")

    def __init__(self, places: float, gap: float) -> None:
        self.places, self.gap = places, gap
        self.jobs: list[tuple[float, int, Errand]] = []
        self.busy = 0
        self.answers = True
        self.next = self.held = 0.0
        self.due = math.inf

    def is_free(self) -> bool:
        return bool(self.jobs) and self.busy < (self.places if self.answers or self.places == math.inf else 1)

    def take(self, now: float) -> list[Errand]:
        most = 1 if self.places < math.inf else max(1, min(TOGETHER, len(self.jobs) // PART))
        jobs = [heapq.heappop(self.jobs)[2]]
        while len(jobs) < most and self.jobs[0][0] <= now:
            jobs.append(heapq.heappop(self.jobs)[2])
        self.busy += len(jobs)
        self.next = now + self.gap
        return jobs

    def start(self) -> float:
        return max(self.jobs[0][0], self.next, self.held)
