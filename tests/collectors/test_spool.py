from datetime import UTC, datetime

import pytest

from collectors.outcome import PASSING, Failure, Fetched
from collectors.spool import Spool
from pipeline.parts.record import Http

PICTURE = Fetched(
    b"\xff\xd8\xff picture",
    datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC),
    Http(200, "image/jpeg", None, "https://example.org/final.jpg", "noai"),
)
URL = "https://example.org/a.jpg"


def test_what_was_kept_is_there_after_the_spool_is_opened_again(tmp_path):
    with Spool(tmp_path / "spool", PASSING) as spool:
        spool.keep(URL, PICTURE)
        spool.keep("https://example.org/b.jpg", Failure("not-found", "status 404"))
    with Spool(tmp_path / "spool", PASSING) as spool:
        assert spool.get(URL) == PICTURE
        assert spool.get("https://example.org/b.jpg") == Failure("not-found", "status 404")


def test_only_what_does_not_pass_is_settled(tmp_path):
    with Spool(tmp_path, PASSING) as spool:
        assert not spool.is_settled(URL)
        spool.keep(URL, Failure("timeout", "no answer in time"))
        assert not spool.is_settled(URL)
        spool.keep(URL, Failure("gone", "status 410"))
        assert spool.is_settled(URL)
        spool.keep(URL, PICTURE)
        assert spool.is_settled(URL)


def test_an_address_that_was_never_tried_is_an_error(tmp_path):
    with Spool(tmp_path, PASSING) as spool, pytest.raises(KeyError):
        spool.get(URL)


def test_one_picture_at_two_addresses_is_stored_once(tmp_path):
    with Spool(tmp_path, PASSING) as spool:
        spool.keep(URL, PICTURE)
        spool.keep(URL + "?2", PICTURE)
        assert spool.get(URL + "?2").data == PICTURE.data
    assert len([path for path in (tmp_path / "pictures").rglob("*") if path.is_file()]) == 1
