import pytest

from collectors.gathering.gather import CollectionJob, gather
from collectors.gathering.tombstone_filter import filter_forgotten, replay, rewrite
from pipeline.decisions.tombstones import Tombstone, Tombstones, digest, write_tombstones
from pipeline.records.record import Candidate, Record, Rejection, reject
from pipeline.records.shards import iterate_rows
from pipeline.runtime.errors import ForgottenError
from pipeline.storage.labels import Label
from tests.factories import encode, make_image, make_record, write_collected, write_project


def results():
    for rank in range(6):
        yield make_record("photos", rank, encode(make_image(rank)), page_url=f"https://example.org/{rank}")
    yield reject(Candidate("photos", 6, Label.REAL, "folder", "https://example.org/gone.jpg"), "not-found", "404")
    yield Rejection("photos", 7, "not-a-picture", None, "photos/note.txt")


def stones(*wanted):
    return Tombstones(tuple(Tombstone(kind, sha256, "asked for") for kind, sha256 in wanted))


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("stone", "ranks"),
    [
        (("picture", make_record("photos", 2, encode(make_image(2))).id), [2]),
        (("address", digest("https://example.org/gone.jpg")), [6]),
        (("host", digest("example.org")), [0, 1, 2, 3, 4, 5, 6]),
        (("picture", "00" * 32), []),
    ],
)
def test_what_a_tombstone_names_leaves_a_hash_and_a_reason(stone, ranks):
    found = list(filter_forgotten(results(), stones(stone)))
    gone = [each for each in found if isinstance(each, Rejection) and each.reason == "forgotten"]
    assert [each.rank for each in gone] == ranks
    assert all(each.image_url is None and each.candidate is None and each.detail == "asked for" for each in gone)
    assert len(found) == 8


def test_rewriting_gives_what_collecting_again_gives(tmp_path):
    paths = write_project(tmp_path)
    tombstones = stones(("picture", make_record("photos", 2, encode(make_image(2))).id))
    write_collected(paths, "photos", results())
    assert rewrite(paths.collected("photos"), tombstones) == 1
    rewritten = content(paths.collected("photos"))
    write_collected(paths, "photos", filter_forgotten(results(), tombstones))
    assert content(paths.collected("photos")) == rewritten
    assert [row["rank"] for row in iterate_rows(paths.collected("photos"))] == [0, 1, 3, 4, 5]


def test_replaying_gives_what_was_found(tmp_path):
    paths = write_project(tmp_path)
    write_collected(paths, "photos", results())
    found = list(replay(paths.collected("photos")))
    assert [type(each) for each in found] == [Record] * 6 + [Rejection] * 2
    assert found == list(results())
    assert found[6].candidate == list(results())[6].candidate


def test_a_forgotten_source_is_not_collected(tmp_path):
    paths = write_project(tmp_path)
    write_tombstones(tmp_path, stones(("source", digest("photos"))))
    with pytest.raises(ForgottenError, match=r"sources\.photos.*asked for"):
        gather(CollectionJob("photos", tmp_path, paths.spool("photos")), lambda context: iter(results()))
    assert not paths.collected("photos").exists()
