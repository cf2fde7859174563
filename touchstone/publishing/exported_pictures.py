"""One picture of a split, as it is handed on."""

from dataclasses import dataclass
from typing import Any

from pipeline.pictures.picture_formats import find_format
from pipeline.storage.labels import Label

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class ExportedPicture:
    """One picture of a split. ``data`` is None when it is ``withheld``, which says why; ``known`` is for the list."""

    id: str
    split: str
    label: Label
    data: bytes | None
    withheld: str | None
    known: dict[str, Any]


def suffix_of(data: bytes) -> str:
    """Return the suffix for a picture's file.

    >>> suffix_of(bytes.fromhex("ffd8ffe000104a464946"))
    '.jpg'
    """
    found = find_format(data)
    return found.suffixes[0] if found else ".bin"
