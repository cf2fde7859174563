"""Bounds on the time and the memory that one picture takes.

A JPEG of some kilobytes can hold thousands of scans, each of which makes a decoder go over the whole picture again.
"""

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pipeline.pictures.picture import PictureError

try:
    import resource
except ModuleNotFoundError:  # Windows has none of this.
    LIMITED = False
else:
    LIMITED = True

#: Seconds of a processor: what else goes on does not decide which pictures are kept.
SECONDS = 10.0

#: Seconds after which a decoder that does not let go, as it never asks for more, is ended with its process.
GRACE = 5

#: Bytes on top of what a process has when it begins. A PNG of 200 megapixels takes 1.7 GiB, a WebP 3.1.
MEMORY = 4 * 2**30


class Limit:
    """Bounds what runs inside it, each time that it is entered."""

    def __init__(self, seconds: float, tick: float) -> None:
        self._seconds = seconds
        self._ticks = math.ceil(seconds / tick)
        self._inside = False
        #: Entered so often; the last tick was in this turn, and so many were in it.
        self._turn = self._ticked = self._count = 0

    def __enter__(self) -> None:
        self._turn += 1
        self._inside = True

    def __exit__(self, *error: object) -> None:
        self._inside = False

    def look(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - what signals call
        """Stop what runs inside, if its time is over."""
        _put_off_end(self._seconds)
        if not self._inside:
            return
        self._count = self._count + 1 if self._ticked == self._turn else 0
        self._ticked = self._turn
        if self._count >= self._ticks:
            raise PictureError("too-slow", f"not decoded after {self._seconds:g} s")


@contextmanager
def time_limit(seconds: float = SECONDS) -> Iterator[Limit]:
    """Return a limit to enter for each picture; when its time is over, it ends as soon as the decoder asks for more.

    A decoder that never does so ends with the process.

    Raises, inside of the limit:
        PictureError: ``too-slow``.
    """
    tick = min(seconds / 10, 0.5)
    limit = Limit(seconds, tick)
    if not LIMITED:
        yield limit
        return
    before = resource.getrlimit(resource.RLIMIT_CPU)
    # One clock for all pictures: to set one for each would take as long as to read the header of a small one.
    previous = signal.signal(signal.SIGPROF, limit.look)
    # It goes on, as a reader of metadata that expects anything may have caught the first error.
    signal.setitimer(signal.ITIMER_PROF, tick, tick)
    _put_off_end(seconds)
    try:
        yield limit
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
        resource.setrlimit(resource.RLIMIT_CPU, before)


def _put_off_end(seconds: float) -> None:
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(time.process_time() + seconds + GRACE)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


@contextmanager
def memory_limit(size: int = MEMORY) -> Iterator[None]:
    """Let this process have no more than so many bytes besides those that it has.

    Raises, inside of the limit:
        MemoryError: it asks for more.
    """
    statm = Path("/proc/self/statm")
    if not (LIMITED and statm.exists()):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = int(statm.read_text().split()[0]) * resource.getpagesize() + size
    allowed = min(each for each in (most, soft, hard) if each != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
