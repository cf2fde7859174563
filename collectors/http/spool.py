"""What was fetched and is not in shards yet: pictures one behind the other in segments, and what is known of them.

Each thread that fetches has a segment of its own: a file of pictures, and one with a line of facts for each. A picture
is there once its line is; what a kill leaves behind it belongs to nothing. A file for each picture would cost as much
as all the rest of fetching it.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from pipeline.storage.files import write_text

#: The file that says when a collection began. It is the same one for as long as its spool is there.
BEGINNING = "began"

#: Segments that are held open for reading.
OPEN = 100


class FetchFacts(NamedTuple):
    """What is known of a picture, which is kept under ``url`` and starts at the byte ``start`` of its segment."""

    url: str
    segment: int
    start: int
    sha256: str
    size: int
    fetched_at: str
    status: int
    content_type: str | None
    etag: str | None
    final_url: str
    opt_out: str | None


class Spool:
    """The pictures of one interrupted or running collection, for those that read them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, FileIO] = {}

    def open(self) -> str:
        """Make the folder, and say when all this began."""
        self._folder.mkdir(parents=True, exist_ok=True)
        beginning = self._folder / BEGINNING
        if not beginning.exists():
            write_text(beginning, datetime.now(UTC).isoformat())
        return beginning.read_text()

    def close(self) -> None:
        """Close what is open."""
        while self._files:
            self._files.popitem()[1].close()

    def read(self, facts: FetchFacts) -> bytes | None:
        """Return a picture, unless it is gone or damaged."""
        try:
            file = self._file(facts.segment)
        except FileNotFoundError:
            return None
        file.seek(facts.start)
        data = file.read(facts.size)
        return data if hashlib.sha256(data).hexdigest() == facts.sha256 else None

    def facts(self) -> Iterator[FetchFacts]:
        """Return what is known of every picture that is kept."""
        for path in sorted(self._folder.glob("*.facts")):
            with path.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n"):
                        yield FetchFacts(*json.loads(line))

    def _file(self, segment: int) -> FileIO:
        if segment not in self._files:
            if len(self._files) == OPEN:
                self.close()
            self._files[segment] = pictures_path(self._folder, segment).open("rb", buffering=0)
        return self._files[segment]


def pictures_path(folder: Path, segment: int) -> Path:
    """Return where the pictures of a segment are."""
    return folder / f"{segment}.pictures"


def facts_path(folder: Path, segment: int) -> Path:
    """Return where it stands what is known of them."""
    return folder / f"{segment}.facts"
