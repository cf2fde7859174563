"""What became of every address that was ever tried: a SQLite file per source, which outlives its collections.

It is keyed by address, and indexed by the content's sha256. A failure notes the settings under which it came about:
under others it is worth another request. A picture's entry may be written a moment late, because
the spool tells the same; a failure's is written at once.
"""

import json
import sqlite3
import time
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from collectors.http.outcome import Failure
from collectors.http.spool import FetchFacts
from pipeline.runtime.errors import TouchstoneError

TABLES = """
CREATE TABLE IF NOT EXISTS outcomes (
    url TEXT PRIMARY KEY, collection TEXT NOT NULL, tried_at TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 1,
    reason TEXT, detail TEXT,
    sha256 TEXT, size INTEGER, status INTEGER, content_type TEXT, etag TEXT, final_url TEXT, opt_out TEXT,
    segment INTEGER, start INTEGER, settings TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_content ON outcomes (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_reason ON outcomes (reason) WHERE reason IS NOT NULL;
"""

FETCHED = """
INSERT INTO outcomes
    (collection, url, segment, start, sha256, size, tried_at, status, content_type, etag, final_url, opt_out)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET tries = tries + (tried_at <> excluded.tried_at), collection = excluded.collection,
    tried_at = excluded.tried_at, reason = NULL, detail = NULL, sha256 = excluded.sha256, size = excluded.size,
    status = excluded.status, content_type = excluded.content_type, etag = excluded.etag,
    final_url = excluded.final_url, opt_out = excluded.opt_out, segment = excluded.segment, start = excluded.start
"""

FAILED = """
INSERT INTO outcomes (collection, url, tried_at, reason, detail, settings) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET tries = tries + 1, collection = excluded.collection, tried_at = excluded.tried_at,
    reason = excluded.reason, detail = excluded.detail, settings = excluded.settings
"""

FIND = """
SELECT reason, detail, url, segment, start, sha256, size, tried_at, status, content_type, etag, final_url, opt_out
FROM outcomes WHERE url = ? AND collection = ? AND (reason IS NULL OR settings = ?)
"""

REOPEN = """
UPDATE outcomes SET settings = NULL
WHERE reason IS NOT NULL AND (? OR reason IN (SELECT value FROM json_each(?)))
"""


#: Seconds after which entries of pictures are written.
DELAY = 0.5


class Ledger:
    """The ledger of a source, open for the collection that began at ``collection`` and fetches with ``settings``."""

    def __init__(self, path: Path, collection: str, settings: str = "") -> None:
        self._path, self._collection, self._settings = path, collection, settings
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = sqlite3.connect(path)
            # A commit then survives the death of the process without waiting for the disk.
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(TABLES)
            self._widen()
        except sqlite3.Error as error:
            raise self._explain(error) from error
        self._urgent, self._written = False, time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Close the ledger.

        Raises:
            TouchstoneError: it cannot be written, or could not be used within the block.
        """
        try:
            self._database.commit()
        except sqlite3.Error as failure:
            error = error or failure
        finally:
            self._database.close()
        if isinstance(error, sqlite3.Error):
            raise self._explain(error) from error

    def _explain(self, error: sqlite3.Error) -> TouchstoneError:
        return TouchstoneError(
            f"{self._path}: cannot be used ({error}); unless another collection is using it, move it away, "
            "and a new one is begun"
        )

    def _widen(self) -> None:
        """Return a ledger of an earlier version the columns that it has not."""
        there = {name for _, name, *_ in self._database.execute("PRAGMA table_info(outcomes)")}
        for name, kind in (("segment", "INTEGER"), ("start", "INTEGER"), ("settings", "TEXT")):
            if name not in there:
                self._database.execute(f"ALTER TABLE outcomes ADD COLUMN {name} {kind}")

    def enter(self, outcomes: Iterable[tuple[str, FetchFacts | Failure]]) -> None:
        """Enter what came of addresses."""
        now, fetched, failed = datetime.now(UTC).isoformat(), [], []
        for url, outcome in outcomes:
            if isinstance(outcome, Failure):
                failed.append((self._collection, url, now, outcome.reason, outcome.detail, self._settings))
            else:
                fetched.append((self._collection, *outcome))
        self._database.executemany(FETCHED, fetched)
        self._database.executemany(FAILED, failed)
        self._urgent |= bool(failed)

    def write(self) -> None:
        """Write what was entered, if it is time to."""
        if self._urgent or time.monotonic() > self._written + DELAY:
            self._database.commit()
            self._urgent, self._written = False, time.monotonic()

    def recover(self, found: Iterable[FetchFacts]) -> None:
        """Enter pictures whose entries a kill may have prevented."""
        self._database.executemany(FETCHED, ((self._collection, *facts) for facts in found))
        self._database.commit()

    def reopen(self, causes: Collection[str]) -> int:
        """Let failures be asked again, those for some causes or, if none are named, all; give how many there are."""
        done = self._database.execute(REOPEN, (not causes, json.dumps(sorted(causes))))
        self._database.commit()
        return done.rowcount

    def find(self, url: str) -> FetchFacts | Failure | None:
        """Return what came of an address in this collection, if it was tried (if it failed, with these settings)."""
        row = self._database.execute(FIND, (url, self._collection, self._settings)).fetchone()
        if row is None:
            return None
        reason, detail, *facts = row
        return FetchFacts(*facts) if reason is None else Failure(reason, detail)
