"""Which files of archives and folders are pictures: their first bytes tell, not their names."""

import re
from collections import Counter
from pathlib import PurePosixPath
from typing import NamedTuple

from pipeline.pictures.picture_formats import READ, find_format

NOT_A_PICTURE = "not-a-picture"

#: What is named so is taken for a picture, however it begins: if it cannot be read, screening says so.
SUFFIXES = frozenset(suffix for each in READ for suffix in each.suffixes)

#: What systems leave beside pictures.
_LITTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store"})

_PLAIN = re.compile(r"\.[a-z0-9_]{1,9}")


class Unfit(NamedTuple):
    """Why a file is not taken: the one word, and a detail for people."""

    reason: str
    detail: str | None = None


def is_named_as_picture(path: str) -> bool:
    """Return whether a file need not be looked into to be taken for a picture."""
    return PurePosixPath(path).suffix.lower() in SUFFIXES


def judge_start(path: str, start: bytes) -> Unfit | None:
    """Return by its first bytes why a file is no picture that we read; None if it is one.

    >>> judge_start("notes.TXT", b"Dear all")
    Unfit(reason='not-a-picture', detail='.txt')
    >>> judge_start("photo", bytes.fromhex("ffd8ffe000104a464946"))
    """
    found = find_format(start)
    if found is None:
        return Unfit(NOT_A_PICTURE, _name_suffix(path))
    return Unfit("format-not-read", f"{found.name}: {found.convert}") if found.convert else None


def _name_suffix(path: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if _PLAIN.fullmatch(suffix) else "other names" if suffix else "no suffix"


def is_litter(path: str) -> bool:
    """Return whether a file was left by a system, not by a person: neither a picture nor worth a word.

    >>> is_litter("set/.DS_Store"), is_litter("__MACOSX/set/._a.jpg"), is_litter("set/a.jpg")
    (True, True, False)
    """
    *folders, name = path.split("/")
    return name.startswith("._") or name.lower() in _LITTER or "__MACOSX" in folders


def tell_strangers(counts: Counter[str]) -> str:
    """Describe how many files are no pictures, by their suffix.

    >>> tell_strangers(Counter({".db": 1, ".txt": 2}))
    '3 files are no pictures: .txt 2, .db 1'
    """
    named = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda row: (-row[1], row[0])))
    files = "file is no picture" if counts.total() == 1 else "files are no pictures"
    return f"{counts.total():,} {files}: {named}" if counts else ""
