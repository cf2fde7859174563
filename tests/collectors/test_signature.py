"""Which files are taken: the same at the door of a folder, of an archive, and of predict."""

import io
import zipfile
from collections import Counter

import pytest

from collectors.archives import archive, folder
from collectors.archives.archive_settings import Archive, Folder
from collectors.gathering.gather import Tally
from pipeline.records.record import Rejection
from tests.factories import encode, make_image
from touchstone.commands.predict_command import find_pictures

JPEG = encode(make_image(1))
TAKEN = {
    **{
        f"REAL/a{suffix}": JPEG
        for suffix in (".JPG", ".jfif", ".jpe", ".jpg_large", ".jpg.1", "", ".heic", ".jp2", ".txt")
    },
    **{f"REAL/{kind.lower()}": encode(make_image(2), kind) for kind in ("PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")},
}
STRANGERS = {
    "REAL/notes.txt": b"Dear all",
    "REAL/more.TXT": b"BMW",
    "REAL/list.db": b"SQLite format 3\0",
    "REAL/x": b"x",
}
UNREAD = {"REAL/a.jxl": b"\xff\x0a" + bytes(20), "REAL/photo": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20)}
LITTER = {
    "__MACOSX/REAL/._a.jpg": JPEG,
    "REAL/._b.jpg": b"\0\5\x16\7",
    "REAL/.DS_Store": b"\0\0\0\1Bud1",
    "REAL/Thumbs.db": b"\xd0\xcf\x11\xe0",
}
FILES = TAKEN | STRANGERS | UNREAD | LITTER


def from_folder(context):
    for name, data in FILES.items():
        path = context.root / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder.collect("set", Folder(collector="folder", path="set"), context)


def from_archive(context):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in FILES.items():
            file.writestr(name, data)
    (context.root / "set.zip").write_bytes(out.getvalue())
    return archive.collect("set", Archive(collector="archive", path="set.zip"), context)


@pytest.mark.parametrize("door", [from_folder, from_archive])
def test_first_bytes_decide_and_the_rest_is_counted(door, context):
    tally = Tally()
    results = list(tally.count(door(context)))
    found = {(each.image_url if isinstance(each, Rejection) else each.candidate.image_url): each for each in results}
    start = "set/" if door is from_folder else "set.zip!/"
    rejected = {name.removeprefix(start): each for name, each in found.items() if isinstance(each, Rejection)}
    assert {name: each.reason for name, each in rejected.items()} == {
        **dict.fromkeys(STRANGERS, "not-a-picture"),
        **dict.fromkeys(UNREAD, "format-not-read"),
    }
    assert rejected["REAL/a.jxl"].detail == "JPEG XL: convert it with `djxl FILE FILE.png`"
    assert len(results) == len(FILES) - len(LITTER)
    assert tally.strangers == Counter({".txt": 2, ".db": 1, "no suffix": 1})


def test_predict_takes_the_same(context):
    list(from_folder(context))
    strangers = Counter()
    paths = find_pictures([context.root / "set"], strangers)
    names = {path.relative_to(context.root / "set").as_posix() for path in paths}
    assert names == TAKEN.keys() | UNREAD.keys()
    assert strangers == Counter({".txt": 2, ".db": 1, "no suffix": 1})
