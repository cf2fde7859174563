"""The part of a spool that one thread writes."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import BinaryIO, NamedTuple

from collectors.http.spool import FetchFacts, facts_path, pictures_path
from pipeline.runtime.errors import TouchstoneError


class ResponseFacts(NamedTuple):
    """What a server said with a picture."""

    status: int
    content_type: str | None
    etag: str | None
    final_url: str
    opt_out: str | None


class Segment:
    """Pictures, one behind the other. It is begun with the first one."""

    def __init__(self, spool: Path) -> None:
        self._folder, self._number, self._end = spool, -1, 0
        self._pictures: BinaryIO
        self._facts: BinaryIO

    def save(self, url: str, chunks: Iterable[bytes], said: ResponseFacts) -> FetchFacts:
        """Keep a picture that comes piece by piece. One that breaks off leaves nothing.

        Raises:
            TouchstoneError: the disk does not take it.
        """
        try:
            if self._number < 0:
                self._begin()
            return self._write(url, chunks, said)
        except OSError as error:
            problem = f"cannot be written ({error.strerror}); mend it, then go on"
            raise TouchstoneError(f"{self._folder}: {problem}") from error

    def _begin(self) -> None:
        for number in count():
            with suppress(FileExistsError):
                self._pictures = pictures_path(self._folder, number).open("xb")
                break
        self._facts = facts_path(self._folder, number).open("xb")
        self._number = number

    def _write(self, url: str, chunks: Iterable[bytes], said: ResponseFacts) -> FetchFacts:
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in chunks:
                self._pictures.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        except BaseException:
            self._pictures.seek(self._end)
            self._pictures.truncate()
            raise
        self._pictures.flush()
        now = datetime.now(UTC).isoformat()
        facts = FetchFacts(url, self._number, self._end, digest.hexdigest(), size, now, *said)
        # This line is what makes the picture be there: whatever is killed before it has kept nothing.
        self._facts.write(json.dumps(facts).encode() + b"\n")
        self._facts.flush()
        self._end += size
        return facts
