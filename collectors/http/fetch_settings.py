"""How to fetch, in plain values that go to other processes."""

from dataclasses import dataclass
from pathlib import Path

from collectors.http.context import Internet


@dataclass(frozen=True, slots=True)
class Fetching:
    """What every worker has to know."""

    agent: str
    timeout: float
    max_bytes: int
    strict: bool
    internet: Internet
    spool: Path
