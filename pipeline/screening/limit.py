"""A bound on the time that one picture takes.

A JPEG of some kilobytes can hold thousands of scans, each of which makes a decoder go over the whole picture again.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.parts.pictures import PictureError

#: Honest pictures of 50 megapixels take a few seconds.
SECONDS = 60.0


@contextmanager
def time_limit(seconds: float = SECONDS) -> Iterator[None]:
    """Stop what runs inside when the time is over, as soon as the decoder asks for more of the file.

    Raises:
        PictureError: ``too-slow``.
    """
    if not hasattr(signal, "setitimer"):  # Windows has none.
        yield
        return

    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signals call
        raise PictureError("too-slow", f"not decoded after {seconds:g} s")

    previous = signal.signal(signal.SIGALRM, stop)
    # Again and again, as a reader of metadata that expects anything may have caught the first.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
