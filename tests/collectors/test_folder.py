import os
from datetime import UTC, datetime

import pytest

from collectors.archives.archive_settings import Folder
from collectors.archives.folder import collect
from pipeline.records.record import Rejection
from pipeline.runtime.errors import PathMissingError
from tests.factories import encode, make_image

JPEG = encode(make_image(1))


def put(folder, name, data=JPEG):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def read(context, **changes):
    return list(collect("mine", Folder(collector="folder", path="photos", **changes), context))


def test_files_come_sorted_with_labels_from_their_folders(context):
    photos = context.root / "photos"
    for name in ("val/fake/b.png", "val/fake/a.jpg", "REAL/z.jpg", "REAL/sub/y.jpg"):
        put(photos, name)
    results = read(context)
    assert [result.candidate.image_url for result in results] == [
        "photos/REAL/z.jpg",
        "photos/REAL/sub/y.jpg",
        "photos/val/fake/a.jpg",
        "photos/val/fake/b.png",
    ]
    assert [(r.candidate.label.name, r.candidate.official_split) for r in results[1:3]] == [
        ("REAL", None),
        ("FAKE", "val"),
    ]
    assert results[0].fetched_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert results[0].http is None


def test_a_label_that_is_stated_for_all_is_not_read_off_folders(context):
    put(context.root / "photos", "real/fake/a.jpg")
    assert read(context, label="REAL")[0].candidate.label is None


def test_every_file_that_is_not_taken_has_its_reason(context):
    photos = context.root / "photos"
    kept = put(photos, "REAL/a.jpg")
    put(photos, "REAL/b.txt", b"Dear all")
    put(photos, "REAL/c.jpg", b"")
    put(photos, "REAL/d.jpg", JPEG + bytes(context.fetching.max_bytes))
    put(photos, "e.jpg")
    outside = put(context.root / "private", "f.jpg")
    (photos / "REAL" / "f.jpg").symlink_to(outside)
    (photos / "REAL" / "g.jpg").symlink_to(kept)
    (photos / "REAL" / "h.jpg").symlink_to(photos / "nowhere")
    (photos / "REAL" / "private").symlink_to(outside.parent)
    os.mkfifo(photos / "REAL" / "i.jpg")
    found = {r.image_url: r.reason for r in read(context) if isinstance(r, Rejection)}
    assert found == {
        "photos/REAL/b.txt": "not-a-picture",
        "photos/REAL/c.jpg": "empty",
        "photos/REAL/d.jpg": "too-large",
        "photos/e.jpg": "no-label",
        "photos/REAL/f.jpg": "link",
        "photos/REAL/h.jpg": "unreadable",
        "photos/REAL/i.jpg": "not-a-file",
        "photos/REAL/private": "link",
    }
    assert len(read(context)) == len(found) + 2


def test_a_folder_that_cannot_be_read_is_told(context):
    place = context.root / "photos" / "REAL"
    place.mkdir(parents=True)
    (place / "a.jpg").write_bytes(JPEG)
    # Too deep for any path to lead there, which stops root, too.
    folder = os.open(place, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=folder)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    kept, lost = read(context)
    assert (kept.candidate.image_url, lost.reason) == ("photos/REAL/a.jpg", "unreadable")
    assert lost.image_url.startswith("photos/REAL/ddd")


def test_a_file_whose_date_is_none_is_told(context):
    path = context.root / "photos" / "REAL" / "a.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(JPEG)
    os.utime(path, (10**12, 10**12))
    if path.stat().st_mtime != 10**12:
        pytest.skip("this file system has no such dates")
    (lost,) = read(context)
    assert (lost.reason, "year" in lost.detail) == ("unreadable", True)


def test_a_name_that_is_not_utf8_is_spelled_out(context):
    folder = context.root / "photos" / "REAL"
    folder.mkdir(parents=True)
    (folder / os.fsdecode(b"caf\xe9.jpg")).write_bytes(JPEG)
    assert read(context)[0].candidate.image_url == r"photos/REAL/caf\udce9.jpg"


def test_a_path_that_leads_to_no_folder_is_named(context):
    with pytest.raises(PathMissingError, match=r"photos: no such folder; `sources\.mine\.path`"):
        read(context)
