"""From what a person has in hand to records: an id or its beginning, a picture's file, an address."""

import hashlib
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.lineage.manifests import Manifests, Row

#: So many digits of an id are enough to be asked for, and as many as other verbs print are.
SHORTEST = 6

_ID = re.compile(rf"[0-9a-f]{{{SHORTEST},64}}")

#: Columns that hold addresses.
ADDRESSES = ("image_url", "page_url", "http.final_url")


@dataclass(frozen=True, slots=True)
class Match:
    """A record that was found, by what, and for a look-alike how many bits away."""

    source: str
    rank: int
    by: str
    distance: int | None = None


def look_up(manifests: Manifests, text: str) -> list[Match]:
    """Find the records that a text names: an id, a picture's file, or an address, in this order.

    A file is looked for by its bytes, then by its pixels, then by its perceptual hash: the nearest ones, at whatever
    distance.

    Raises:
        PictureError: the file is no picture, and its bytes are nowhere.
    """
    if is_id(text) and (found := find_id(manifests, text.lower())):
        return found
    if "://" not in text and is_file(Path(text)):
        return find_file(manifests, Path(text))
    return find_address(manifests, text)


def is_id(text: str) -> bool:
    """Return whether a text can be an id, or enough of its beginning."""
    return bool(_ID.fullmatch(text.lower()))


def is_file(path: Path) -> bool:
    """Return whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def find_id(manifests: Manifests, start: str) -> list[Match]:
    """Find the records whose picture has an id, or one that begins so."""
    where, value = ("id = ?", start) if len(start) == 64 else ("starts_with(id, ?)", start)
    columns = "source, rank, id"
    sources = manifests.sources()
    rows = manifests.read((file for source in sources for file in manifests.screened(source)), where, [value], columns)
    if not rows:
        # What was fetched and not screened yet, or never kept.
        files = (file for source in sources for file in manifests.collected(source))
        rows = manifests.read(files, where, [value], columns)
    return _matches(rows, "id")


def find_file(manifests: Manifests, path: Path) -> list[Match]:
    """Find the records that are this picture, or the nearest to it.

    Raises:
        PictureError: its bytes are nowhere, and it is no picture.
    """
    data = path.read_bytes()
    if found := find_id(manifests, hashlib.sha256(data).hexdigest()):
        return [Match(match.source, match.rank, "bytes") for match in found]
    from pipeline.lineage.nearest import find_alike, read_pixels

    return [Match(*found) for found in find_alike(manifests, read_pixels(manifests, data))]


def find_address(manifests: Manifests, url: str) -> list[Match]:
    """Find the records whose picture or page has an address, or that were redirected to it."""
    try:
        url.encode()
    except UnicodeEncodeError:  # A file's name that is not UTF-8. No address is such a thing, and DuckDB takes none.
        return []
    where = " OR ".join(f"{name} = ?" for name in ADDRESSES)
    rows = [
        row
        for source in manifests.sources()
        for row in manifests.read(manifests.collected(source), where, [url] * len(ADDRESSES), "source, rank")
    ]
    return _matches(rows, "address")


def _matches(rows: list[Row], by: str) -> list[Match]:
    keys = sorted({(row["source"], row["rank"]) for row in rows})
    return [Match(source, rank, by) for source, rank in keys]


def describe(manifests: Manifests, match: Match) -> dict[str, Any]:
    """Return a record's passport as a dictionary, with what it was found by."""
    from pipeline.lineage.passport import write_passport

    return {"found_by": match.by, "bits": match.distance} | asdict(write_passport(manifests, match.source, match.rank))
