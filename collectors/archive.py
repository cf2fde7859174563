"""Pictures in a zip that is on disk, read without unpacking it: labels and official splits by folder names."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from posixpath import splitext

from collectors.layout import Sorter
from collectors.signature import SUFFIXES
from collectors.surroundings import Surroundings
from pipeline.parts.errors import ArchiveError, EncryptedArchiveError, NotAnArchiveError, PathMissingError
from pipeline.parts.record import Record, Rejection, reject
from pipeline.parts.sources import Archive, Labelled

#: What zips begin with: a file, or the directory of an empty archive.
SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")

#: The methods whose output zipfile bounds while it reads. bzip2 and LZMA could unpack without end.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

ENCRYPTED = 0x1

BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, EOFError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class ZipOnDisk:
    """A zip: where it lies, what stands for it in the addresses of its pictures, and when it was made or fetched."""

    path: Path
    address: str
    dated: datetime


def collect(name: str, settings: Archive, around: Surroundings) -> Iterator[Record | Rejection]:
    """Read the pictures in a zip, in the order of its directory.

    ``image_url`` is the zip's path as in params.yaml, ``!/``, and the path inside. ``fetched_at`` is the zip's own
    date, so that reading it again gives the same records.

    Raises:
        PathMissingError: there is no such file.
        ArchiveError: or one of its branches: the file is not a zip that can be read.
    """
    path = around.root / settings.path
    if not path.is_file():
        raise PathMissingError(settings.path, "file", f"`sources.{name}.path` must name a zip")
    dated = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    yield from read_zip(name, settings, ZipOnDisk(path, settings.path, dated), around.fetching.max_bytes)


def read_zip(source: str, settings: Labelled, found: ZipOnDisk, max_bytes: int) -> Iterator[Record | Rejection]:
    """Give one record or rejection for every file in a zip.

    Raises:
        ArchiveError: or one of its branches.
    """
    sorter = Sorter(source, settings, lambda inside: f"{found.address}!/{inside}")
    with _open(found) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if any(entry.flag_bits & ENCRYPTED for entry in entries):
            raise EncryptedArchiveError(f"{found.address}: the archive is encrypted; zip it again without a password")
        for entry in entries:
            candidate = sorter.sort(_inside(entry), _problem(entry, max_bytes))
            if isinstance(candidate, Rejection):
                yield candidate
                continue
            data = _read(archive, entry, max_bytes)
            if data:
                yield Record(candidate, data, found.dated)
            else:
                yield reject(candidate, "corrupt-entry" if data is None else "empty")


def _open(found: ZipOnDisk) -> zipfile.ZipFile:
    with found.path.open("rb") as file:
        start = file.read(4)
    if start not in SIGNATURES:
        raise NotAnArchiveError(f"{found.address}: not a zip archive (it begins with {start!r})")
    try:
        return zipfile.ZipFile(found.path)
    except BROKEN as error:
        raise ArchiveError(f"{found.address}: the archive is truncated or damaged ({error}); get it again") from error


def _problem(entry: zipfile.ZipInfo, max_bytes: int) -> str | None:
    parts = _inside(entry).split("/")
    if parts[0] == "" or parts[0].endswith(":") or ".." in parts:
        return "unsafe-name"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "link"
    if splitext(parts[-1])[1].lower() not in SUFFIXES:
        return "not-a-picture"
    if entry.file_size > max_bytes:
        return "too-large"
    if entry.compress_type not in METHODS:
        return "unsupported-compression"
    return None


def _inside(entry: zipfile.ZipInfo) -> str:
    # Zips made on Windows may separate folders in its way.
    return entry.filename.replace("\\", "/")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_bytes: int) -> bytes | None:
    """Read one entry; None when it is broken. One that is longer than it says is cut there, and its CRC is wrong."""
    try:
        with archive.open(entry) as file:
            return file.read(max_bytes + 1)
    except (*BROKEN, RuntimeError):
        return None
