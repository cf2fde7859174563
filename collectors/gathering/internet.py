"""Which internet a collection sees: the live one, or the sandbox that is started for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from collectors.http.context import LIVE, Internet


@contextmanager
def connect(kind: Literal["sandbox", "live"], cache: Path) -> Iterator[Internet]:
    """Return the addresses to collect from; a sandbox runs until the block ends."""
    if kind == "live":
        yield LIVE
        return
    from collectors.sandbox.server import serve

    with serve(cache) as internet:
        yield internet
