"""One order, one request, one answer: what runs in threads, of the process that gives the orders or of others.

A picture is in the spool before the next order is carried out: whatever is killed, only what is on its way at that
moment is asked for again.
"""

import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Literal, NamedTuple

import requests

from collectors.http.client import PRODUCT, Client, pause_asked
from collectors.http.deadline import Deadlines
from collectors.http.download import Downloader
from collectors.http.fetch_settings import Fetching
from collectors.http.opt_out import read_page
from collectors.http.outcome import Failure, Redirect, StopError
from collectors.http.robots import read_rules
from collectors.http.spool import FetchFacts
from pipeline.runtime.errors import TouchstoneError

Kind = Literal["picture", "robots", "page"]


class FetchRequest(NamedTuple):
    """What to ask for. A picture is kept under ``key``; ``page_said`` is how its page opts out."""

    kind: Kind
    url: str
    key: str
    page_said: str | None = None


Answer = FetchFacts | str | Redirect | Failure | None


class FetchReply(NamedTuple):
    """An answer, and the seconds for which the host asks to be left alone."""

    answer: Answer
    pause: float


class Worker:
    """Carries out orders, one at a time."""

    def __init__(self, fetching: Fetching, deadlines: Deadlines) -> None:
        self._client = Client(fetching.agent, fetching.timeout, fetching.internet.local, deadlines)
        self._pictures = Downloader(self._client, fetching)

    def perform(self, order: FetchRequest) -> FetchReply:
        """Ask once. What goes wrong is an answer, too.

        Raises:
            TouchstoneError: the disk takes no more.
        """
        pause = 0.0
        try:
            with self._client.get(order.url) as response:
                pause = pause_asked(response)
                target = self._client.target(response)
                return FetchReply(self._read(order, response) if target is None else Redirect(target), pause)
        except StopError as stop:
            return FetchReply(stop.failure, pause)

    def _read(self, order: FetchRequest, response: requests.Response) -> Answer:
        if order.kind == "robots":
            return read_rules(response, self._client)
        if order.kind == "page":
            return read_page(response, self._client, PRODUCT)
        return self._pictures.save(order.key, response, order.page_said)


def serve(fetching: Fetching, lines: list[Connection]) -> None:
    """Take orders from each line in a thread of its own, until the lines are cut."""
    with Deadlines() as deadlines:
        each = (fetching, deadlines)
        threads = [threading.Thread(target=_serve_line, args=(*each, line), daemon=True) for line in lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _serve_line(fetching: Fetching, deadlines: Deadlines, line: Connection) -> None:
    worker = Worker(fetching, deadlines)
    with line, suppress(EOFError, OSError):
        while True:
            if not (orders := line.recv()):
                continue  # The word that cuts orders short, and there were none any more.
            try:
                line.send(_carry_out(worker, orders, line))
            except TouchstoneError as error:
                line.send(error)


def _carry_out(worker: Worker, orders: list[FetchRequest], line: Connection) -> list[FetchReply]:
    """Carry out orders, up to the one during which something else comes along the line, or its end."""
    replies = []
    for order in orders:
        replies.append(worker.perform(order))
        if len(replies) < len(orders) and line.poll():
            break
    return replies
