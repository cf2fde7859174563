"""What is to be forgotten and stay so: datasets/forgotten.json, which is in git and holds hashes and reasons only.

A tombstone names a picture, an address, a host or a source by its sha256. ``groups`` keeps what the forgotten ones
held together: the pictures that are left of a group stay one group under its old name, so that none of them changes
its split.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pipeline.runtime.errors import ParamsError
from pipeline.storage.files import write_json

FILE = "datasets/forgotten.json"

Kind = Literal["picture", "address", "host", "source"]
Groups = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One thing that is to be forgotten. ``sha256`` of a picture is its id, of all else that of its name."""

    kind: Kind
    sha256: str
    why: str


@dataclass(frozen=True, slots=True)
class Tombstones:
    """All of them. ``groups`` maps the name of a group to the ids of those that are left of it."""

    stones: tuple[Tombstone, ...] = ()
    groups: Groups = field(default_factory=dict)

    def against_source(self, name: str) -> Tombstone | None:
        """Find the tombstone of a source."""
        return self._find("source", digest(name))

    def against(self, picture: str | None, addresses: Iterable[str | None]) -> Tombstone | None:
        """Find a tombstone of a picture, by its id or by any address that it has to do with."""
        found = self._find("picture", picture) if picture else None
        for address in addresses:
            if found is None and address:
                found = self._find("address", digest(address)) or self._find("host", digest(host_of(address)))
        return found

    def names(self, text: str) -> bool:
        """Return whether there is a tombstone of what a text is: an id, an address, a host or a source."""
        return any(stone.sha256 in (text, digest(text), digest(text.lower())) for stone in self.stones)

    def _find(self, kind: Kind, sha256: str) -> Tombstone | None:
        return next((stone for stone in self.stones if (stone.kind, stone.sha256) == (kind, sha256)), None)


def digest(name: str) -> str:
    """Hash a name: sha256, in hex."""
    return hashlib.sha256(name.encode()).hexdigest()


def host_of(address: str) -> str:
    """Return the host of an address, without a port; what has none has the empty one.

    >>> host_of("https://User@Example.org:8080/a.jpg"), host_of("photos/a.jpg")
    ('example.org', '')
    """
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def read_tombstones(root: Path) -> Tombstones:
    """Read a project's tombstones; a project without the file has none.

    Raises:
        ParamsError: the file is damaged. Nothing may pass then that should have been stopped.
    """
    path = root / FILE
    if not path.exists():
        return Tombstones()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        stones = tuple(Tombstone(**stone) for stone in content["forgotten"])
        return Tombstones(stones, {name: tuple(ids) for name, ids in content["groups"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ParamsError(FILE, "", f"cannot be read ({error}); get it from git again") from error


def write_tombstones(root: Path, tombstones: Tombstones) -> None:
    """Write a project's tombstones, sorted, so that diffs stay readable."""
    stones = sorted(map(asdict, tombstones.stones), key=lambda stone: (stone["kind"], stone["sha256"]))
    groups = {name: sorted(ids) for name, ids in sorted(tombstones.groups.items())}
    write_json(root / FILE, {"forgotten": stones, "groups": groups})
