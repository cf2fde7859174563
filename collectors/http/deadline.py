"""An end to answers that come a byte at a time.

Such a server never runs into a read timeout. Whoever waits for it cannot be woken but by its connection's end, so a
thread of its own shuts down what is open for too long.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

from collectors.http.outcome import StopError

#: Seconds between looks at what is open.
PRECISION = 0.25


class Deadlines:
    """Watches the connections of many threads, each of which uses one at a time, until the block ends."""

    def __init__(self) -> None:
        self._ends: dict[int, float] = {}
        self._connections: dict[int, socket.socket] = {}
        self._late: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._patrol, name="deadlines", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    @contextmanager
    def watch(self, seconds: float) -> Iterator[None]:
        """Return this thread so much time for what it asks in the block.

        Raises:
            StopError: it took longer.
        """
        me = threading.get_ident()
        self._ends[me] = time.monotonic() + seconds
        try:
            yield
        except Exception as error:
            if self.is_late():
                raise StopError("timeout", f"not whole after {seconds:g} s") from error
            raise
        finally:
            self._ends.pop(me, None)
            self._connections.pop(me, None)
            self._late.discard(me)

    def use(self, connection: socket.socket) -> None:
        """Note which connection this thread waits for from now on."""
        self._connections[threading.get_ident()] = connection

    def is_late(self) -> bool:
        """Return whether this thread's connection was ended, so that what came is not all there is."""
        return threading.get_ident() in self._late

    def _patrol(self) -> None:
        while not self._ended.wait(PRECISION):
            now = time.monotonic()
            for thread, end in self._ends.copy().items():
                connection = self._connections.get(thread)
                if end < now and connection is not None:
                    self._late.add(thread)
                    with suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)
