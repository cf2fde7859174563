import sqlite3

import pytest

from collectors.http.ledger import Ledger
from collectors.http.outcome import Failure
from collectors.http.spool import FetchFacts
from pipeline.runtime.errors import TouchstoneError

A, B = "https://example.org/a.jpg", "https://example.org/b.jpg"


def fetched(url, at="2026-05-04T03:02:01+00:00", sha256="ab"):
    return FetchFacts(url, 3, 14, sha256, 7, at, 200, "image/jpeg", None, url, None)


def rows(path, query):
    with sqlite3.connect(path) as database:
        return database.execute(query).fetchall()


def test_it_outlives_collections_and_each_sees_only_its_own_failures(tmp_path):
    path = tmp_path / "ledgers" / "cats.sqlite"
    with Ledger(path, "monday") as ledger:
        ledger.enter([(A, fetched(A)), (B, Failure("not-found", "status 404"))])
        assert ledger.find(B) == Failure("not-found", "status 404")
        assert ledger.find(A) == fetched(A)
        assert ledger.find("https://example.org/c.jpg") is None
    with Ledger(path, "monday") as ledger:
        assert ledger.find(B) == Failure("not-found", "status 404")
    with Ledger(path, "tuesday") as ledger:
        assert (ledger.find(A), ledger.find(B)) == (None, None)
        ledger.enter([(B, fetched(B))])
    assert rows(path, "SELECT url, tries, reason, sha256, collection FROM outcomes ORDER BY url") == [
        (A, 1, None, "ab", "monday"),
        (B, 2, None, "ab", "tuesday"),
    ]


def test_an_address_is_found_by_what_came_from_it(tmp_path):
    with Ledger(tmp_path / "l.sqlite", "monday") as ledger:
        ledger.enter((url, fetched(url)) for url in (A, B))
    query = "SELECT url FROM outcomes WHERE sha256 = 'ab' ORDER BY url"
    assert rows(tmp_path / "l.sqlite", query) == [(A,), (B,)]
    assert "by_content" in str(rows(tmp_path / "l.sqlite", f"EXPLAIN QUERY PLAN {query}"))


def test_a_failure_is_written_at_once_and_a_picture_can_be_entered_again(tmp_path):
    path = tmp_path / "l.sqlite"
    with Ledger(path, "monday") as ledger:
        ledger.enter([(A, fetched(A))])
        ledger.write()
        ledger.enter([(B, Failure("gone", "status 410"))])
        ledger.write()
        assert len(rows(path, "SELECT url FROM outcomes")) == 2
        ledger.recover([fetched(A)])
    assert rows(path, "SELECT tries FROM outcomes WHERE reason IS NULL") == [(1,)]


def test_a_ledger_from_before_there_were_segments_is_used_on(tmp_path):
    path = tmp_path / "l.sqlite"
    with Ledger(path, "monday") as ledger:
        ledger.enter([(A, Failure("gone", "status 410"))])
    with sqlite3.connect(path) as database:
        for name in ("segment", "start"):
            database.execute(f"ALTER TABLE outcomes DROP COLUMN {name}")
    with Ledger(path, "tuesday") as ledger:
        ledger.enter([(A, fetched(A))])
        assert ledger.find(A) == fetched(A)


def test_a_ledger_that_is_damaged_while_it_is_used_is_said(tmp_path):
    path = tmp_path / "l.sqlite"
    with (
        pytest.raises(TouchstoneError, match=r"l\.sqlite: cannot be used .*move it away"),
        Ledger(path, "monday") as ledger,
    ):
        ledger.enter([(A, Failure("gone", "status 410"))])
        with sqlite3.connect(path) as database:
            database.execute("DROP TABLE outcomes")
        ledger.find(A)


def test_what_is_no_ledger_is_said(tmp_path):
    (tmp_path / "l.sqlite").write_text("no database " * 100)
    with pytest.raises(TouchstoneError, match="move it away"):
        Ledger(tmp_path / "l.sqlite", "monday")
