"""What makes a kill harmless: every address that was tried, with its outcome, on disk before it counts.

A spool is a folder with a SQLite ledger and the pictures themselves, named by their sha256. A picture is written to a
temporary name, moved, and only then entered, so that an entry never lacks its picture. Going on after a kill loads
nothing again that was settled.
"""

import hashlib
import sqlite3
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from collectors.outcome import Failure, Fetched
from pipeline.parts.files import replacing
from pipeline.parts.record import Http

LEDGER = """
CREATE TABLE IF NOT EXISTS outcomes (
    url TEXT PRIMARY KEY, sha256 TEXT, fetched_at TEXT, status INTEGER, content_type TEXT, etag TEXT, final_url TEXT,
    opt_out TEXT, reason TEXT, detail TEXT
) WITHOUT ROWID
"""

FIND = "SELECT * FROM outcomes WHERE url = ?"

ENTER = "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Spool:
    """The ledger and the pictures of one interrupted or running collection; may be used from many threads.

    What failed for one of the reasons ``again`` counts as unsettled.
    """

    def __init__(self, folder: Path, again: frozenset[str]) -> None:
        self._again = again
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._ledger = sqlite3.connect(folder / "ledger.sqlite", check_same_thread=False, isolation_level=None)
        # In WAL mode a commit survives the death of the process without waiting for the disk; it may be lost with
        # the power, and then a picture is loaded again.
        self._ledger.execute("PRAGMA journal_mode=WAL")
        self._ledger.execute("PRAGMA synchronous=NORMAL")
        self._ledger.execute(LEDGER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._ledger.close()

    def keep(self, url: str, outcome: Fetched | Failure) -> None:
        """Enter what came of an address."""
        if isinstance(outcome, Failure):
            self._enter(url, None, None, None, None, None, None, None, outcome.reason, outcome.detail)
            return
        sha256 = hashlib.sha256(outcome.data).hexdigest()
        with replacing(self._picture(sha256)) as temporary:
            temporary.write_bytes(outcome.data)
        http = outcome.http
        facts = (http.status, http.content_type, http.etag, http.final_url, http.opt_out)
        self._enter(url, sha256, outcome.fetched_at.isoformat(), *facts, None, None)

    def get(self, url: str) -> Fetched | Failure:
        """Give what came of an address.

        Raises:
            KeyError: it was never tried.
        """
        row = self._row(url)
        if row is None:
            raise KeyError(url)
        _, sha256, fetched_at, *http, reason, detail = row
        if reason is not None:
            return Failure(reason, detail)
        return Fetched(self._picture(sha256).read_bytes(), datetime.fromisoformat(fetched_at), Http(*http))

    def is_settled(self, url: str) -> bool:
        """Tell whether an address needs no further try: it was fetched, or failed in a way that lasts."""
        row = self._row(url)
        return row is not None and row[-2] not in self._again

    def _row(self, url: str) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._ledger.execute(FIND, (url,)).fetchone()
        return row

    def _enter(self, *values: str | int | None) -> None:
        with self._lock:
            self._ledger.execute(ENTER, values)

    def _picture(self, sha256: str) -> Path:
        return self._folder / "pictures" / sha256[:2] / sha256
