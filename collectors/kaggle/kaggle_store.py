"""Where downloads from Kaggle are kept: one folder per data set and version, outside of all that is made again."""

import base64
import fcntl
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.runtime.errors import ArchiveError
from pipeline.storage.files import write_json


@dataclass(frozen=True, slots=True)
class KaggleFacts:
    """What is written down beside an archive once it is whole. ``md5`` (Base64) is there if the storage gave one."""

    version: int
    license: str | None
    md5: str | None


class Store:
    """The versions of one data set on disk: ``VERSION/NAME.zip``, and ``VERSION/facts.json`` when it is whole."""

    def __init__(self, folder: Path, dataset: str) -> None:
        self.folder = folder
        self._dataset = dataset

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time download; the others wait, and then find what it has loaded."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"waiting for another download of {self._dataset}", file=sys.stderr, flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def path(self, version: int) -> Path:
        """Return the place of a version's zip."""
        return self.folder / str(version) / f"{self._dataset.partition('/')[2]}.zip"

    def find(self, version: int | None) -> KaggleFacts | None:
        """Return what is known of a version, if its archive is here and whole."""
        if version is None or not self.path(version).is_file():
            return None
        try:
            content: dict[str, Any] = json.loads(self._facts(version).read_text(encoding="utf-8"))
            return KaggleFacts(**content)
        except (OSError, ValueError, TypeError):
            return None

    def is_whole(self, version: int) -> bool:
        """Return whether a version's archive is here, whole and checked."""
        return self.find(version) is not None

    def keep(self, facts: KaggleFacts) -> None:
        """Check an archive that has been downloaded against its checksum, and keep it.

        Raises:
            ArchiveError: it is not what the storage says it is. It is removed.
        """
        if facts.md5 is not None and facts.md5 != _md5(self.path(facts.version)):
            self.discard(facts.version)
            raise ArchiveError(
                f"kaggle:{self._dataset}: version {facts.version} was damaged on its way (its MD5 is not that of the "
                "storage) and is removed; run this again"
            )
        write_json(self._facts(facts.version), asdict(facts))

    def discard(self, version: int) -> None:
        """Remove a version."""
        for path in (self._facts(version), self.path(version)):
            path.unlink(missing_ok=True)

    def discard_parts(self) -> None:
        """Remove what was downloaded in part."""
        for marker in self.folder.glob("*/*.kaggle-partial"):
            marker.with_name(marker.name.removesuffix(".kaggle-partial")).unlink(missing_ok=True)
            marker.unlink(missing_ok=True)

    def _facts(self, version: int) -> Path:
        return self.folder / str(version) / "facts.json"


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).digest()
    return base64.b64encode(digest).decode()
