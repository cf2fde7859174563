"""Runs the sandbox: Google Images, the picture hosts and Kaggle on one port of the loopback address."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from collectors.http.context import Internet
from collectors.sandbox.handler import Server
from collectors.sandbox.pool import PicturePool


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that runs: its addresses, and what was asked for so far, as method and path."""

    internet: Internet
    requests: list[tuple[str, str]]


@contextmanager
def serve(cache: Path) -> Iterator[Internet]:
    """Run the sandbox until the block ends. Its pictures are made on the first call, and kept in ``cache``."""
    from collectors.sandbox.build import ensure_pool

    with serve_pool(PicturePool(ensure_pool(cache))) as running:
        yield running.internet


@contextmanager
def serve_pool(pool: PicturePool) -> Iterator[Running]:
    """Serve a pool on a free port until the block ends."""
    server = Server(pool)
    origin = server.site.origin
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Running(Internet(google=origin, kaggle=origin, local=(origin,)), server.requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
