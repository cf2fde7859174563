"""What every collector is handed besides its own settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.http.collect_settings import Collect

#: Stands in records for wherever the sandbox was. No such host can exist (RFC 6761).
SANDBOX = "http://sandbox.test"


@dataclass(frozen=True, slots=True)
class Internet:
    """The addresses that differ between the live internet and the sandbox, and nothing else.

    ``google`` and ``kaggle`` are scheme and host, without a slash at the end. ``kaggle`` is None for Kaggle's own.
    ``local`` lists, in the same form, what may be asked on this machine: the sandbox alone, and nothing when live.
    """

    google: str
    kaggle: str | None
    local: tuple[str, ...] = ()

    def owns(self, url: str) -> bool:
        """Return whether an address may be asked at any rate: it is the sandbox's."""
        return any(url.startswith(f"{origin}/") for origin in self.local)

    def lasting(self, url: str) -> str:
        """Return an address as records name it. The sandbox's port changes every time, and must not be part of it.

        >>> here = "http://127.0.0.1:4711"
        >>> Internet(here, None, local=(here,)).lasting("http://127.0.0.1:4711/a.jpg")
        'http://sandbox.test/a.jpg'
        """
        return _moved(url, self.google, SANDBOX) if self.local else url

    def current(self, url: str) -> str:
        """Return the address to load for one that a record names."""
        return _moved(url, SANDBOX, self.google) if self.local else url


def _moved(url: str, origin: str, target: str) -> str:
    return target + url.removeprefix(origin) if url.startswith(origin + "/") else url


LIVE = Internet(google="https://www.google.com", kaggle=None)


@dataclass(frozen=True, slots=True)
class CollectContext:
    """Where a collector works: the internet it sees, how it fetches, and the folders it may use.

    ``previous`` is what the last collection of this source wrote (it may not exist). ``spool`` survives a kill; the
    stage removes it once the shards are written. ``ledger`` is for ever. ``cache`` is shared by projects. ``root``
    resolves relative paths.
    """

    internet: Internet
    fetching: Collect
    root: Path
    previous: Path
    spool: Path
    ledger: Path
    cache: Path


def bypass_proxy() -> None:
    """Keep what goes to this machine itself away from a proxy that the environment names."""
    for variable in ("no_proxy", "NO_PROXY"):
        os.environ[variable] = ",".join(filter(None, [os.environ.get(variable), "localhost", "127.0.0.1"]))
