import pytest

from collectors.http.fetched import Fetched
from collectors.http.outcome import StopError
from collectors.http.segment import ResponseFacts, Segment
from collectors.http.spool import Spool
from pipeline.records.record import Http
from pipeline.runtime.errors import TouchstoneError

URL = "https://example.org/a.jpg"
SAID = ResponseFacts(200, "image/jpeg", None, "https://example.org/final.jpg", "noai")


@pytest.fixture
def folder(tmp_path):
    Spool(tmp_path / "spool").open()
    return tmp_path / "spool"


def kept(folder):
    """What is there for somebody who comes anew."""
    spool = Spool(folder)
    found = {facts.url: spool.read(facts) for facts in spool.facts()}
    spool.close()
    return found


def broken():
    yield b"pic" * 10_000
    raise StopError("connection", "reset")


def test_what_was_kept_is_there_with_all_that_is_known_of_it(folder):
    facts = Segment(folder).save(URL, [b"pic", b"ture"], SAID)
    assert (facts.url, facts.size) == (URL, 7)
    assert list(Spool(folder).facts()) == [facts]
    assert kept(folder) == {URL: b"picture"}
    found = Fetched.from_spool(b"picture", facts)
    assert (found.data, found.http) == (b"picture", Http(*SAID))


def test_segments_written_at_the_same_time_are_kept_apart(folder):
    segments = [Segment(folder) for _ in range(3)]
    for number in range(30):
        segments[number % 3].save(f"{URL}?{number}", [b"%d" % number] * (number + 1), SAID)
    assert kept(folder) == {f"{URL}?{number}": b"%d" % number * (number + 1) for number in range(30)}


def test_a_picture_that_breaks_off_leaves_nothing_and_the_next_one_is_whole(folder):
    segment = Segment(folder)
    segment.save(URL, [b"picture"], SAID)
    with pytest.raises(StopError):
        segment.save("broken", broken(), SAID)
    assert (folder / "0.pictures").read_bytes() == b"picture"
    segment.save("next", [b"another"], SAID)
    assert kept(folder) == {URL: b"picture", "next": b"another"}


def test_what_a_kill_left_half_written_is_not_there(folder):
    Segment(folder).save(URL, [b"picture"], SAID)
    with (folder / "0.pictures").open("ab") as pictures, (folder / "0.facts").open("ab") as facts:
        pictures.write(b"pict")
        facts.write(b'["https://example.org/b.jpg", 0, 7, "')
    assert kept(folder) == {URL: b"picture"}
    Segment(folder).save("next", [b"another"], SAID)
    assert kept(folder) == {URL: b"picture", "next": b"another"}


def test_a_picture_that_the_disk_has_lost_is_not_given(folder):
    first = Segment(folder).save(URL, [b"picture"], SAID)
    second = Segment(folder).save("other", [b"another"], SAID)
    (folder / "0.pictures").write_bytes(b"pict")
    (folder / "1.pictures").unlink()
    spool = Spool(folder)
    assert (spool.read(first), spool.read(second)) == (None, None)
    spool.close()


def test_a_collection_keeps_its_beginning_until_its_spool_goes(tmp_path):
    spool = Spool(tmp_path / "spool")
    assert spool.open() == spool.open()
    assert Spool(tmp_path / "another").open() != spool.open()


def test_a_disk_that_takes_no_more_is_said(tmp_path):
    with pytest.raises(TouchstoneError, match="cannot be written"):
        Segment(tmp_path / "not there").save(URL, [b"picture"], SAID)
