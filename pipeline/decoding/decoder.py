"""The bounded decoder: whoever opens what strangers send, does so in a child process that may be ended at any time.

    found = run_bounded(read_square, data, bounds)

A child is at work on one picture at a time, within the limits of screening. It is ended when the time is over, or
when nobody waits for its answer any more, and another takes its place.
"""

import gc
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from pipeline.pictures.picture import PictureError, explain
from pipeline.runtime.work import cores
from pipeline.screening.time_limit import SECONDS, memory_limit, time_limit

Answer = TypeVar("Answer")

#: So many pictures are decoded at a time, twice the processors: who sends what takes long leaves room for others.
PLACES = max(4, 2 * cores())

#: Seconds between two looks at whether somebody waits still.
LOOK = 0.1

#: Seconds in which a child must be ready.
START = 60.0

#: What the process runs that forks the children, with what they will need.
NURSERY = """
import socket, sys
from pipeline.asking import seen_picture
from pipeline.decoding import decoder, unscreened
decoder.fork_on_demand(socket.socket(fileno=int(sys.argv[1])))
"""


class LeftError(Exception):
    """Nobody waits for the answer any more."""


def run_bounded(function: Callable[..., Answer], *args: object, left: Callable[[], bool] = bool) -> Answer:
    """Call a function of a module with what can be pickled, in a child process. Several threads may do so at once.

    Args:
        function: what to call; it is given ``SECONDS``, and the memory of ``memory_limit``.
        left: tells whether whoever asked has gone.

    Raises:
        PictureError: ``too-slow``, ``too-much-memory``, ``crash``, or what the function raises.
        LeftError: who asked has gone.
    """
    if os.name != "posix":  # Windows has none of these limits.
        return function(*args)
    outcome = _DECODER.run(pickle.dumps((function, args), pickle.HIGHEST_PROTOCOL), left)
    if isinstance(outcome, Exception):
        raise outcome
    answer: Answer = outcome
    return answer


class _Decoder:
    """Keeps children, and gives each picture one for as long as it takes."""

    def __init__(self, places: int) -> None:
        self._number = places
        self._places = threading.Semaphore(places)
        self._idle: list[_Child] = []
        self._nursery = _Nursery()

    def fill(self) -> None:
        """Start as many children as there are places; this waits for none of them."""
        self._idle += [_Child(self._nursery.start()) for _ in range(self._number - len(self._idle))]

    def run(self, call: bytes, left: Callable[[], bool]) -> Any:
        """Have a child answer a call."""
        with self._place(left):
            try:
                child = self._idle.pop()
            except IndexError:
                child = _Child(self._nursery.start())
            try:
                outcome = child.ask(call, left)
            except BaseException:
                child.end()
                child = _Child(self._nursery.start())
                raise
            finally:
                self._idle.append(child)
        return outcome

    @contextmanager
    def _place(self, left: Callable[[], bool]) -> Iterator[None]:
        while not self._places.acquire(timeout=LOOK):
            if left():
                raise LeftError
        try:
            yield
        finally:
            self._places.release()


class _Nursery:
    """Starts children: a process that has imported what they need, and forks one for each pipe that it is sent.

    Not multiprocessing's own: that runs the main module again, which for the app is a page.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None

    def start(self) -> Connection:
        """Start a child; give the pipe to it. It is ready when it says so."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                self._send(theirs)
            except OSError:  # It is there no longer.
                self._control = None
                self._send(theirs)
        return Connection(ours.detach())

    def _send(self, pipe: socket.socket) -> None:
        if self._control is None:
            self._control = self._open()
        socket.send_fds(self._control, [b"."], [pipe.fileno()])

    def _open(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
                [sys.executable, "-c", NURSERY, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )
        return ours


class _Child:
    """One process that answers calls, at the other end of a pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._pid: int | None = None

    def ask(self, call: bytes, left: Callable[[], bool]) -> Any:
        """Return the answer to a call, or what was raised over it."""
        try:
            if self._pid is None:
                self._wait(START, left)
                self._pid = self._pipe.recv()
            self._pipe.send_bytes(call)
            self._wait(SECONDS, left)
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            self._pid = None
            raise PictureError("crash", "a decoder crashed") from error

    def _wait(self, seconds: float, left: Callable[[], bool]) -> None:
        end = time.monotonic() + seconds
        while not self._pipe.poll(LOOK):
            if left():
                raise LeftError
            if time.monotonic() > end:
                raise PictureError("too-slow", f"not decoded after {seconds:g} s")

    def end(self) -> None:
        """End the process, whatever it is at; one that has not begun ends by itself."""
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._pipe.close()


_DECODER = _Decoder(PLACES)


def prepare() -> None:
    """Start the children, so that nobody waits for them later."""
    if os.name == "posix":
        _DECODER.fill()


def fork_on_demand(control: socket.socket) -> None:
    """Fork a child for each pipe that comes, until nobody is there to send one."""
    # Nobody waits for children that have ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is imported stays, so that the collector need not look through it again and again.
    gc.freeze()
    while pipes := socket.recv_fds(control, 1, 1)[1]:
        if os.fork() == 0:
            control.close()
            serve(Connection(pipes[0]))
            os._exit(0)
        os.close(pipes[0])


def serve(pipe: Connection) -> None:
    """Answer calls until nobody is there to ask."""
    with memory_limit(), time_limit() as limit, suppress(EOFError, OSError):
        pipe.send(os.getpid())
        while True:
            call = pipe.recv_bytes()
            try:
                function, args = pickle.loads(call)  # noqa: S301 - from our parent
                with limit:
                    outcome = function(*args)
            except MemoryError as error:
                outcome = explain(error)
            except Exception as error:
                outcome = error
            pipe.send(outcome)
