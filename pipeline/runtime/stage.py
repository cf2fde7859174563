"""How a stage runs: one line when it fails, one summary when it ends."""

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pipeline.runtime.errors import TouchstoneError


def run_command(main: Callable[[], None]) -> None:
    """Run ``main``; turn an error that a person can mend into one line and its exit code.

    What the system refuses, a full disk or a folder that may not be written, is one as well. ``TOUCHSTONE_DEBUG=1``
    shows the whole trace instead. Ctrl-C and SIGTERM let everything that is open be closed.
    """
    try:
        with _ending_on_sigterm():
            main()
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        if os.environ.get("TOUCHSTONE_DEBUG"):
            raise
        print("touchstone: stopped", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    except (TouchstoneError, OSError) as error:
        if os.environ.get("TOUCHSTONE_DEBUG"):
            raise
        sys.exit(_say_error(error if isinstance(error, TouchstoneError) else _explain(error)))


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """End with what SIGTERM is to end with, but as an error does: by default nothing is closed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _explain(error: OSError) -> TouchstoneError:
    problem = error.strerror or str(error) or type(error).__name__
    return TouchstoneError(f"{error.filename}: {problem}" if error.filename is not None else problem)


def _say_error(error: TouchstoneError) -> int:
    print(f"touchstone: error: {error}", file=sys.stderr)
    return error.exit_code


class Stage:
    """The clock and the counts of one run of a stage; prints its summary.

    The summary goes to the terminal only: outs hold no durations.
    """

    def __init__(self, name: str, item: str = "") -> None:
        self._title = f"{name}@{item}" if item else name
        self._start = time.perf_counter()

    def summarise(self, taken: int, given: int, dropped: Mapping[str, int] | None = None, note: str = "") -> None:
        """Print records in, records out, what was dropped by reason, and the speed."""
        seconds = time.perf_counter() - self._start
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(Counter(dropped or {}).items()) if count)
        line = f"{self._title}: {taken:,} in, {given:,} out"
        line += f" (dropped: {reasons})" if reasons else ""
        line += f" in {seconds:.1f} s, {taken / max(seconds, 1e-9):,.0f}/s"
        print(line + (f"; {note}" if note else ""), flush=True)
