"""A zip that somebody else made: what is in it, what of that is safe to read, and reading it without unpacking."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Self

from collectors.http.signature import Unfit, is_litter, is_named_as_picture, judge_start
from pipeline.pictures.picture_formats import LONGEST
from pipeline.runtime.errors import ArchiveError, EncryptedArchiveError, NotAnArchiveError

#: What zips begin with: a file, or the directory of an empty archive.
SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")

#: The methods whose output zipfile bounds while it reads. bzip2 and LZMA could unpack without end.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

#: An entry that unpacks to more than this many times its size is a bomb: files of pictures hardly shrink, and
#: deflate reaches 1,032 with nothing but zeros. Small ones may: a tiny blank BMP.
MAX_RATIO = 200
SMALL = 2**20

#: All that a zip unpacks to, in times of its own size. Entries that share their bytes make such bombs out of modest
#: ratios (https://www.bamsoftware.com/hacks/zipbomb/).
MAX_TOTAL_RATIO = 30
SMALL_TOTAL = 2**30

#: Bytes of an entry's header, at least.
HEADER = 30

ENCRYPTED = 0x1

BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, EOFError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class ZipOnDisk:
    """A zip: where it lies, what stands for it in the addresses of its pictures, and when it was made or fetched."""

    path: Path
    address: str
    dated: datetime


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One file in a zip: its path inside, split at slashes, and the reason why it is not read, if there is one."""

    path: str
    problem: Unfit | None
    info: zipfile.ZipInfo


class Zip:
    """An open zip. Nothing of it is ever written to disk, and no entry is read beyond ``max_bytes``."""

    def __init__(self, found: ZipOnDisk, max_bytes: int) -> None:
        self._address = found.address
        self._max_bytes = max_bytes
        self._archive = _open(found)
        try:
            everything = self._archive.infolist()
            self._files = [entry for entry in everything if not (entry.is_dir() or is_litter(_inside(entry)))]
            self._refuse(found.path.stat().st_size)
        except ArchiveError:
            self._archive.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._archive.close()

    def address(self, path: str) -> str:
        """Return the address of what lies at a path inside."""
        return f"{self._address}!/{path}"

    def entries(self) -> Iterator[ArchiveEntry]:
        """Return the files in the zip, in the order of its directory, pictures or not."""
        seen: set[str] = set()
        for info in self._files:
            path = _inside(info)
            yield ArchiveEntry(path, Unfit("duplicate-name") if path in seen else self._problem(path, info), info)
            seen.add(path)

    def read(self, entry: ArchiveEntry) -> bytes | None:
        """Read an entry; None when it is broken. One that is longer than it says is cut there: its CRC is wrong."""
        return self._bytes(entry.info, self._max_bytes)

    def text(self, path: str, max_bytes: int) -> str | None:
        """Read the first file of this path as UTF-8; None when there is none, or none that can be read within bounds.

        Raises:
            ArchiveError: it is longer than ``max_bytes``.
        """
        info = next((info for info in self._files if _inside(info) == path), None)
        if info is None:
            return None
        if info.file_size > max_bytes or info.compress_type not in METHODS:
            raise ArchiveError(f"{self.address(path)}: over {max_bytes:,} bytes, or of a method that is not read")
        data = self._bytes(info, max_bytes)
        return None if data is None else data.decode("utf-8-sig", "replace")

    def _bytes(self, info: zipfile.ZipInfo, max_bytes: int) -> bytes | None:
        try:
            with self._archive.open(info) as file:
                return file.read(max_bytes + 1)
        except (*BROKEN, RuntimeError):
            return None

    def _refuse(self, size: int) -> None:
        """Refuse what no honest archive of pictures is."""
        if any(info.flag_bits & ENCRYPTED for info in self._files):
            raise EncryptedArchiveError(f"{self._address}: the archive is encrypted; zip it again without a password")
        total = sum(info.file_size for info in self._files)
        if total > max(SMALL_TOTAL, MAX_TOTAL_RATIO * size):
            raise ArchiveError(
                f"{self._address}: refused as a bomb: it unpacks to {total:,} bytes, {total // size:,} times its size"
            )
        for one, following in pairwise(sorted(self._files, key=lambda info: info.header_offset)):
            if one.header_offset + HEADER + one.compress_size > following.header_offset:
                raise ArchiveError(
                    f"{self._address}: refused: {_inside(one)!r} and {_inside(following)!r} share their bytes"
                )

    def _problem(self, path: str, info: zipfile.ZipInfo) -> Unfit | None:
        parts = path.split("/")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if parts[0] == "" or parts[0].endswith(":") or ".." in parts:
            return Unfit("unsafe-name")
        if kind == stat.S_IFLNK:
            return Unfit("link")
        if kind not in (0, stat.S_IFREG):
            return Unfit("not-a-file")
        if not is_named_as_picture(path) and (found := self._look_into(path, info)):
            return found
        problems = {
            "too-large": info.file_size > self._max_bytes,
            "bomb": info.file_size > max(SMALL, MAX_RATIO * info.compress_size),
            "unsupported-compression": info.compress_type not in METHODS,
        }
        return next((Unfit(reason) for reason, applies in problems.items() if applies), None)

    def _look_into(self, path: str, info: zipfile.ZipInfo) -> Unfit | None:
        if info.compress_type not in METHODS:
            return None
        try:
            with self._archive.open(info) as file:
                return judge_start(path, file.read(LONGEST))
        except (*BROKEN, RuntimeError):
            return Unfit("corrupt-entry")


def _open(found: ZipOnDisk) -> zipfile.ZipFile:
    try:
        with found.path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise ArchiveError(f"{found.address}: the archive cannot be read ({error.strerror})") from error
    if start not in SIGNATURES:
        raise NotAnArchiveError(f"{found.address}: not a zip archive (it begins with {start!r})")
    try:
        return zipfile.ZipFile(found.path)
    except BROKEN as error:
        raise ArchiveError(f"{found.address}: the archive is truncated or damaged ({error}); get it again") from error


def _inside(info: zipfile.ZipInfo) -> str:
    # Zips made on Windows may separate folders in its way.
    return info.filename.replace("\\", "/")
