"""A bound on the time that one picture takes.

A JPEG of some kilobytes can hold thousands of scans, each of which makes a decoder go over the whole picture again.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.pictures.picture import PictureError

#: Honest pictures of 50 megapixels take a few seconds.
SECONDS = 60.0


class Limit:
    """Bounds what runs inside it, each time that it is entered."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = float("inf")

    def __enter__(self) -> None:
        self._end = time.monotonic() + self._seconds

    def __exit__(self, *error: object) -> None:
        self._end = float("inf")

    def look(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - what signals call
        """Stop what runs inside, if its time is over."""
        if time.monotonic() > self._end:
            raise PictureError("too-slow", f"not decoded after {self._seconds:g} s")


@contextmanager
def time_limit(seconds: float = SECONDS) -> Iterator[Limit]:
    """Give a limit to enter for each picture; when its time is over, it ends as soon as the decoder asks for more.

    Raises, inside of the limit:
        PictureError: ``too-slow``.
    """
    limit = Limit(seconds)
    if not hasattr(signal, "setitimer"):  # Windows has none.
        yield limit
        return
    # One clock for all pictures: to set one for each would take as long as to read the header of a small one.
    previous = signal.signal(signal.SIGALRM, limit.look)
    # It goes on, as a reader of metadata that expects anything may have caught the first error.
    tick = min(seconds, 1.0)
    signal.setitimer(signal.ITIMER_REAL, tick, tick)
    try:
        yield limit
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
