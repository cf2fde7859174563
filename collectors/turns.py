"""Who may ask a host, and when: so many at a time, so many a second, and not while it asks for a pause."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from collectors.outcome import StopError

#: Seconds that a host's wish for a pause is waited for. It is left alone for the rest of a longer one.
LONGEST_PAUSE = 60.0


class Turns:
    """Deals out turns at hosts to threads. ``unlimited`` is a host that may be asked at any rate: the sandbox."""

    def __init__(self, per_host: int, per_second: float, unlimited: str | None = None) -> None:
        self._per_host = per_host
        self._gap = 1 / per_second
        self._unlimited = unlimited
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    @contextmanager
    def take(self, host: str) -> Iterator[None]:
        """Wait for a turn, and hold it until the block ends.

        Raises:
            StopError: the host asks for a pause too long to wait for.
        """
        found = self._find(host)
        if host == self._unlimited:
            time.sleep(found.book(0.0))
            yield
            return
        with found.places:
            time.sleep(found.book(self._gap))
            yield

    def hold(self, host: str, seconds: float, reason: str) -> None:
        """Leave a host alone, as it asks with a ``reason`` of ours, from now on for some seconds."""
        self._find(host).hold(seconds, reason)

    def _find(self, host: str) -> "_Host":
        with self._lock:
            if host not in self._hosts:
                self._hosts[host] = _Host(self._per_host)
            return self._hosts[host]


class _Host:
    def __init__(self, places: int) -> None:
        self.places = threading.Semaphore(places)
        self._lock = threading.Lock()
        self._next = self._held_until = 0.0
        self._reason = ""

    def book(self, gap: float) -> float:
        """Give the seconds until the next free moment, which is taken then."""
        with self._lock:
            now = time.monotonic()
            pause = self._held_until - now
            if pause > LONGEST_PAUSE:
                raise StopError(self._reason, "the host asks for a longer pause than is waited for", final=True)
            start = max(now, self._next, self._held_until)
            self._next = start + gap
            return start - now

    def hold(self, seconds: float, reason: str) -> None:
        with self._lock:
            self._held_until = max(self._held_until, time.monotonic() + seconds)
            self._reason = reason
