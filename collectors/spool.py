"""What was fetched and is not in shards yet: one file per address, which is there whole or not at all.

A picture is written to a temporary name while it comes, hashed, and then moved; the move is what makes a kill
harmless. What is known of it stands behind its bytes in the same file, so that nothing else has to be written in time.
"""

# Paths are text here: to make Path objects for every picture costs a good part of opening its file.
# ruff: noqa: PTH105, PTH110, PTH123

import hashlib
import json
import os
import struct
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline.parts.errors import TouchstoneError
from pipeline.parts.files import write_text

#: The end of a file: how many bytes before it are facts, as JSON.
LENGTH = struct.Struct("<I")

#: The file that says when a collection began. It is the same one for as long as its spool is there.
BEGINNING = "began"


class Facts(NamedTuple):
    """What is known of a fetched picture besides its bytes. ``url`` is the address that it is kept under."""

    url: str
    sha256: str
    size: int
    fetched_at: str
    status: int
    content_type: str | None
    etag: str | None
    final_url: str
    opt_out: str | None


class Said(NamedTuple):
    """What a server said with a picture."""

    status: int
    content_type: str | None
    etag: str | None
    final_url: str
    opt_out: str | None


class Spool:
    """The pictures of one interrupted or running collection; may be used from many threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> str:
        """Make the folder, clear away what a killed run was in the middle of writing, and say when all this began."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob(".*"):
            path.unlink(missing_ok=True)
        beginning = self._folder / BEGINNING
        if not beginning.exists():
            write_text(beginning, datetime.now(UTC).isoformat())
        return beginning.read_text()

    def __contains__(self, url: str) -> bool:
        return os.path.exists(self._path(url))

    def save(self, url: str, chunks: Iterable[bytes], said: Said) -> Facts:
        """Keep a picture that comes piece by piece.

        Raises:
            TouchstoneError: the disk does not take it.
        """
        temporary = f"{self._folder}/.{os.getpid()}-{threading.get_ident()}"
        try:
            with open(temporary, "wb") as file:
                facts = _write(file, url, chunks, said)
            os.replace(temporary, self._path(url))
        except BaseException as error:
            Path(temporary).unlink(missing_ok=True)
            if isinstance(error, OSError):
                problem = f"cannot be written ({error.strerror}); mend it, then go on"
                raise TouchstoneError(f"{self._folder}: {problem}") from error
            raise
        return facts

    def read(self, url: str) -> tuple[bytes, Facts] | None:
        """Give the picture that is kept under an address, if there is one."""
        try:
            with open(self._path(url), "rb") as file:
                content = file.read()
        except FileNotFoundError:
            return None
        end = len(content) - LENGTH.size
        start = end - LENGTH.unpack_from(content, end)[0]
        return content[:start], Facts(*json.loads(content[start:end]))

    def facts(self) -> Iterator[Facts]:
        """Give what is known of every picture that is kept."""
        for path in self._folder.glob("?" * 64):
            with path.open("rb") as file:
                file.seek(-LENGTH.size, os.SEEK_END)
                (length,) = LENGTH.unpack(file.read())
                file.seek(-LENGTH.size - length, os.SEEK_END)
                yield Facts(*json.loads(file.read(length)))

    def _path(self, url: str) -> str:
        return f"{self._folder}/{hashlib.sha256(url.encode()).hexdigest()}"


def _write(file: BinaryIO, url: str, chunks: Iterable[bytes], said: Said) -> Facts:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        file.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    facts = Facts(url, digest.hexdigest(), size, datetime.now(UTC).isoformat(), *said)
    text = json.dumps(facts).encode()
    file.write(text + LENGTH.pack(len(text)))
    return facts
