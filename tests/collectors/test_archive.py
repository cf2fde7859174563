import dataclasses
import io
import os
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.archives import zip_reader as zipped
from collectors.archives.archive import collect, read_zip
from collectors.archives.archive_settings import Archive, FolderLayout
from collectors.archives.zip_reader import ZipOnDisk
from pipeline.records.record import Record, Rejection
from pipeline.runtime.errors import ArchiveError, EncryptedArchiveError, NotAnArchiveError, PathMissingError
from tests.factories import encode, make_image

JPEG = encode(make_image(1))
SETTINGS = Archive(collector="archive", path="downloads/set.zip")


def make_zip(entries, compression=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture
def read(context):
    """Write a zip into the project and collect from it."""

    def read_it(content, context=context, **changes):
        path = context.root / "downloads" / "set.zip"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_700_000_000, 1_700_000_000))
        return list(collect("set", SETTINGS.model_copy(update=changes), context))

    return read_it


def reasons(results):
    return [result.reason if isinstance(result, Rejection) else "kept" for result in results]


def test_labels_and_official_splits_come_from_folder_names_and_the_rest_from_the_zip(read):
    entries = [("set/train/REAL/0000 (2).jpg", JPEG), ("set/Test/fake/0000.JPEG", JPEG), ("set/real/c.png", JPEG)]
    results = read(make_zip(entries), license="MIT", generator="sd14")
    found = [result.candidate for result in results]
    assert [(f.label.name, f.official_split) for f in found] == [("REAL", "train"), ("FAKE", "test"), ("REAL", None)]
    assert [f.rank for f in found] == [0, 1, 2]
    assert found[0].image_url == "downloads/set.zip!/set/train/REAL/0000 (2).jpg"
    assert [f.generator for f in found] == [None, None, None]
    assert {f.license for f in found} == {None}
    assert results[0].data == JPEG
    assert {result.fetched_at for result in results} == {datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)}


def test_a_layout_may_name_other_folders_and_a_label_may_stand_for_all(read):
    content = make_zip([("valid/nature/a.jpg", JPEG), ("valid/midjourney/b.jpg", JPEG), ("c.jpg", JPEG)])
    layout = FolderLayout(real="nature", fake="midjourney", val="valid")
    named = read(content, layout=layout)
    assert reasons(named) == ["kept", "kept", "no-label"]
    assert [(r.candidate.label.name, r.candidate.official_split) for r in named[:2]] == [
        ("REAL", "val"),
        ("FAKE", "val"),
    ]
    assert {result.candidate.label for result in read(content, label="FAKE")} == {None}


def test_every_file_that_is_not_taken_has_its_reason(read, context):
    link = zipfile.ZipInfo("REAL/link.jpg")
    link.external_attr = 0o120777 << 16
    entries = [
        ("REAL/", b""),
        ("REAL/a.jpg", JPEG),
        ("other/b.jpg", JPEG),
        ("REAL/FAKE/c.jpg", JPEG),
        ("train/test/REAL/d.jpg", JPEG),
        ("REAL/readme.txt", b"hello"),
        ("REAL/empty.jpg", b""),
        ("../../REAL/e.jpg", JPEG),
        ("/REAL/f.jpg", JPEG),
        ("C:/REAL/g.jpg", JPEG),
        ("..\\REAL\\h.jpg", JPEG),
        (link, b"/etc/passwd"),
        ("REAL/large.jpg", JPEG + bytes(context.fetching.max_bytes)),
        ("REAL\\windows.jpg", JPEG),
    ]
    results = read(make_zip(entries))
    assert reasons(results) == [
        "kept", "no-label", "ambiguous-label", "ambiguous-split", "not-a-picture", "empty",
        "unsafe-name", "unsafe-name", "unsafe-name", "unsafe-name", "link", "too-large", "kept",
    ]  # fmt: skip
    ranks = [result.candidate.rank if isinstance(result, Record) else result.rank for result in results]
    assert ranks == list(range(len(entries) - 1))
    assert not list(context.root.rglob("*.jpg"))
    assert not any((folder / "REAL").exists() for folder in list(context.root.parents)[:2])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_whose_output_has_no_bound_are_refused(read, method):
    assert reasons(read(make_zip([("REAL/a.jpg", JPEG)], method))) == ["unsupported-compression"]


def test_a_wrong_checksum_costs_one_entry(read):
    content = bytearray(make_zip([("REAL/a.jpg", JPEG), ("REAL/b.jpg", JPEG)]))
    content[content.index(JPEG) + 100] ^= 0xFF
    assert reasons(read(content)) == ["corrupt-entry", "kept"]


def test_an_entry_that_is_longer_than_it_says_is_not_believed(read):
    content = make_zip([("REAL/bomb.jpg", JPEG + bytes(5_000_000))], zipfile.ZIP_DEFLATED)
    true, lie = (len(JPEG) + 5_000_000).to_bytes(4, "little"), len(JPEG).to_bytes(4, "little")
    assert content.count(true) == 2
    assert reasons(read(content.replace(true, lie))) == ["corrupt-entry"]


def test_an_entry_that_unpacks_to_hundreds_of_times_its_size_is_a_bomb(read, context):
    size = context.fetching.max_bytes - 2
    rich = context.fetching.model_copy(update={"max_bytes": 20_000_000})
    content = make_zip([("REAL/bomb.bmp", b"BM" + bytes(size)), ("REAL/a.jpg", JPEG)], zipfile.ZIP_DEFLATED)
    assert reasons(read(content)) == ["kept", "kept"], "a small one may be blank"
    content = make_zip([("REAL/bomb.bmp", b"BM" + bytes(4_000_000)), ("REAL/a.jpg", JPEG)], zipfile.ZIP_DEFLATED)
    assert reasons(read(content, context=dataclasses.replace(context, fetching=rich))) == ["bomb", "kept"]


def test_an_archive_that_unpacks_to_many_times_its_size_is_refused(read, monkeypatch):
    monkeypatch.setattr(zipped, "SMALL_TOTAL", 5_000_000)
    entries = [(f"REAL/{i}.bmp", b"BM" + bytes(900_000)) for i in range(6)]
    with pytest.raises(ArchiveError, match=r"refused as a bomb: it unpacks to 5,400,012 bytes, \d{3} times its size"):
        read(make_zip(entries, zipfile.ZIP_DEFLATED))
    assert len(read(make_zip(entries[:5], zipfile.ZIP_DEFLATED))) == 5


def test_entries_that_share_their_bytes_are_refused(read):
    content = bytearray(make_zip([("REAL/a.jpg", JPEG), ("REAL/b.jpg", JPEG)]))
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = (10).to_bytes(4, "little")
    with pytest.raises(ArchiveError, match=r"refused: 'REAL/a\.jpg' and 'REAL/b\.jpg' share their bytes"):
        read(content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_several_entries_with_one_name_the_first_counts(read):
    names = ["REAL/a.jpg", "REAL\\a.jpg", "REAL/a.jpg"]
    assert reasons(read(make_zip([(name, JPEG) for name in names]))) == ["kept", "duplicate-name", "duplicate-name"]


@pytest.mark.parametrize(("mode", "reason"), [(0o010644, "not-a-file"), (0o060644, "not-a-file"), (0o100644, "kept")])
def test_what_is_no_plain_file_is_not_read(read, mode, reason):
    entry = zipfile.ZipInfo("REAL/a.jpg")
    entry.external_attr = mode << 16
    assert reasons(read(make_zip([(entry, JPEG)]))) == [reason]


def test_an_encrypted_archive_is_refused(read):
    content = bytearray(make_zip([("REAL/a.jpg", JPEG)]))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(EncryptedArchiveError, match=r"downloads/set\.zip: the archive is encrypted"):
        read(content)


@pytest.mark.parametrize("part", [0.5, 0.95, 0.999])
def test_a_truncated_archive_is_said_to_be_one(read, part):
    content = make_zip([(f"REAL/{i}.jpg", JPEG) for i in range(5)])
    with pytest.raises(ArchiveError, match=r"downloads/set\.zip: the archive is truncated or damaged") as caught:
        read(content[: int(len(content) * part)])
    assert type(caught.value) is ArchiveError


@pytest.mark.parametrize("content", [b"", b"<!doctype html>", JPEG, b"Rar!\x1a\x07\x00", b"PK"])
def test_what_is_no_zip_is_said_not_to_be_one(read, content):
    with pytest.raises(NotAnArchiveError, match="not a zip archive"):
        read(content)


@pytest.mark.parametrize("path", ["nowhere.zip", "."])
def test_a_path_that_leads_to_no_file_is_named(context, path):
    with pytest.raises(PathMissingError, match=r"no such file; `sources\.set\.path`"):
        list(collect("set", SETTINGS.model_copy(update={"path": path}), context))


def test_more_entries_than_a_plain_zip_can_count_are_read(tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(66_000):
            archive.writestr(zipfile.ZipInfo(f"train/REAL/{number}.jpg"), b"\xff\xd8\xff")
    found = ZipOnDisk(path, "many.zip", datetime.now(UTC))
    assert sum(isinstance(result, Record) for result in read_zip("many", SETTINGS, found, 1000)) == 66_000


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12))
def test_no_damage_makes_reading_fail_in_another_way(tmp_path_factory, wounds):
    content = bytearray(make_zip([(f"REAL/{i}.jpg", JPEG) for i in range(3)], zipfile.ZIP_DEFLATED))
    for place, value in wounds:
        content[int(place * len(content))] = value
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    path.write_bytes(content)
    found = ZipOnDisk(path, "damaged.zip", datetime.now(UTC))
    try:
        results = list(read_zip("set", SETTINGS, found, 1_000_000))
    except ArchiveError:
        return
    for result in results:
        assert isinstance(result, Rejection) or dataclasses.asdict(result)["data"] == JPEG
