"""Those who carry out orders: threads of this process or, where one process is too slow, of others."""

import multiprocessing
import selectors
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Generic, Self, TypeVar

from collectors.http.fetch_settings import Fetching
from collectors.http.worker import FetchReply, FetchRequest, serve
from pipeline.runtime.errors import ServiceError, TouchstoneError

Token = TypeVar("Token")

#: Seconds that workers get to end when there is nothing more to do.
GOODBYE = 2.0


class Workers(Generic[Token]):
    """So many workers, started with the first order. ``processes`` 1 is this process alone.

    A token comes back with the reply to the order that it was given with.
    """

    def __init__(self, count: int, processes: int, fetching: Fetching) -> None:
        self._count, self._processes, self._fetching = count, min(count, processes), fetching
        self._idle: list[Connection] = []
        self._tokens: dict[Connection, list[Token]] = {}
        self._started: list[SpawnProcess | threading.Thread] = []
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for line in [*self._idle, *self._tokens]:
            line.close()
        self._selector.close()
        end = time.monotonic() + GOODBYE
        for started in self._started:
            started.join(max(0.0, end - time.monotonic()))
            if isinstance(started, SpawnProcess):
                started.kill()

    @property
    def are_free(self) -> bool:
        """Whether further orders can be given."""
        return len(self._tokens) < self._count

    @property
    def are_busy(self) -> bool:
        """Whether replies are still to come."""
        return bool(self._tokens)

    def give(self, tokens: list[Token], orders: list[FetchRequest]) -> None:
        """Let a free worker carry out orders, one after the other.

        Raises:
            TouchstoneError: it has died.
        """
        if not self._idle:
            self._start()
        line = self._idle.pop()
        self._tokens[line] = tokens
        with _alive():
            line.send(orders)

    def cut_short(self) -> None:
        """Let workers leave out those of their orders that they have not begun; nothing comes back for these.

        Raises:
            TouchstoneError: one has died.
        """
        for line, tokens in self._tokens.items():
            if len(tokens) > 1:
                with _alive():
                    line.send([])

    def replies(self, seconds: float) -> list[tuple[Token, FetchReply]]:
        """Wait for replies, at most so long, and give those that are there.

        Raises:
            TouchstoneError: a worker cannot go on.
        """
        ready = self._selector.select(seconds)
        return [each for key, _ in ready for each in self._receive(key.fileobj)]  # type: ignore[arg-type]

    def _receive(self, line: Connection) -> Iterator[tuple[Token, FetchReply]]:
        with _alive():
            replies = line.recv()
        if isinstance(replies, TouchstoneError):
            raise replies
        self._idle.append(line)
        return zip(self._tokens.pop(line), replies, strict=False)

    def _start(self) -> None:
        """Start them all. A worker is given its own line, so that none waits for another."""
        context = multiprocessing.get_context("spawn")
        for number in range(self._processes):
            pairs = [context.Pipe() for _ in range(number, self._count, self._processes)]
            ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            if self._processes == 1:
                thread = threading.Thread(target=serve, args=(self._fetching, theirs), name="fetch", daemon=True)
                thread.start()
                self._started.append(thread)
            else:
                process = context.Process(target=serve, args=(self._fetching, theirs), daemon=True)
                with _unheard():
                    process.start()
                self._started.append(process)
                for line in theirs:
                    line.close()
            self._idle += ours
            for line in ours:
                self._selector.register(line, selectors.EVENT_READ)


@contextmanager
def _alive() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        raise ServiceError("a process that fetches has died; what is fetched is kept, run this again") from error


@contextmanager
def _unheard() -> Iterator[None]:
    """Let a process that is started meanwhile hear neither Ctrl-C nor SIGTERM.

    A terminal and a service manager send them to all processes, and it is for the one that gives the orders to say
    when what is on its way is to end. Processes end with the lines to it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows has none.
        yield
        return
    # Else the first process to be started brings it along, and that hears all signals again when it has.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
