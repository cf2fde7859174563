"""What every collector is handed besides its own settings."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.parts.params import Collect


@dataclass(frozen=True, slots=True)
class Internet:
    """The addresses that differ between the live internet and the sandbox, and nothing else.

    ``google`` and ``kaggle`` are scheme and host, without a slash at the end. ``kaggle`` is None for Kaggle's own.
    ``loopback`` says that pictures on the loopback address may be fetched, which only the sandbox's are.
    """

    google: str
    kaggle: str | None
    loopback: bool


LIVE = Internet(google="https://www.google.com", kaggle=None, loopback=False)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a collector works: the internet it sees, how it fetches, and the folders it may use.

    ``previous`` is what the last collection of this source wrote (it may not exist). ``spool`` survives a kill; the
    stage removes it once the shards are written. ``cache`` is shared by projects. ``root`` resolves relative paths.
    """

    internet: Internet
    fetching: Collect
    root: Path
    previous: Path
    spool: Path
    cache: Path
