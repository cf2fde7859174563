import pytest

from collectors.fetched import Fetched
from collectors.outcome import StopError
from collectors.spool import Said, Spool
from pipeline.parts.errors import TouchstoneError
from pipeline.parts.record import Http

URL = "https://example.org/a.jpg"
SAID = Said(200, "image/jpeg", None, "https://example.org/final.jpg", "noai")


@pytest.fixture
def spool(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.open()
    return spool


def test_what_was_kept_is_there_with_all_that_is_known_of_it(spool, tmp_path):
    facts = spool.save(URL, [b"pic", b"ture"], SAID)
    assert (facts.url, facts.size) == (URL, 7)
    again = Spool(tmp_path / "spool")
    assert URL in again
    assert again.read(URL) == (b"picture", facts)
    assert list(again.facts()) == [facts]
    found = Fetched.from_spool(*again.read(URL))
    assert (found.data, found.http) == (b"picture", Http(*SAID))


def test_what_was_not_kept_is_not_there(spool):
    assert URL not in spool
    assert spool.read(URL) is None


def test_a_picture_that_breaks_off_leaves_nothing(spool, tmp_path):
    def broken():
        yield b"pic"
        raise StopError("connection", "reset")

    with pytest.raises(StopError):
        spool.save(URL, broken(), SAID)
    assert [path.name for path in (tmp_path / "spool").iterdir()] == ["began"]


def test_what_a_kill_left_half_written_is_cleared_away(spool, tmp_path):
    spool.save(URL, [b"picture"], SAID)
    (tmp_path / "spool" / ".12-34").write_bytes(b"pict")
    spool.open()
    assert not (tmp_path / "spool" / ".12-34").exists()
    assert len(list(spool.facts())) == 1


def test_a_collection_keeps_its_beginning_until_its_spool_goes(spool, tmp_path):
    assert spool.open() == spool.open()
    other = Spool(tmp_path / "another")
    assert other.open() != spool.open()


def test_a_disk_that_takes_no_more_is_said(tmp_path):
    with pytest.raises(TouchstoneError, match="cannot be written"):
        Spool(tmp_path / "not there").save(URL, [b"picture"], SAID)
