"""One picture of a split, as it is handed on."""

from dataclasses import dataclass
from typing import Any

from collectors.http.signature import picture_type
from pipeline.storage.labels import Label

SPLITS = ("train", "val", "test")

#: What files are called, by what their first bytes say they are.
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "image/avif": ".avif",
}


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
    """Give the suffix for a picture's file.

    >>> suffix_of(bytes.fromhex("ffd8ffe000104a464946"))
    '.jpg'
    """
    return SUFFIXES.get(picture_type(data) or "", ".bin")
