"""Hashes as DVC makes them, computed anew from the files themselves and not taken from its memory."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

#: What DVC's hash of a folder ends in.
FOLDER = ".dir"

#: The files of a folder, by their path inside.
Listing = dict[str, str]


def hash_file(path: Path) -> str:
    """Give the md5 of a file's bytes, in hex: a name, not a protection."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def list_folder(folder: Path, hashed: Callable[[Path], str] = hash_file) -> Listing:
    """Hash every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashed(path) for path in files}


def hash_listing(listing: Listing) -> str:
    """Name a folder by its files, as DVC does: the md5 of their list as JSON, sorted by path.

    >>> hash_listing({})
    'd751713988987e9331980363e24189ce.dir'
    """
    entries = [{"md5": listing[path], "relpath": path} for path in sorted(listing, key=lambda p: tuple(p.split("/")))]
    text = json.dumps(entries, sort_keys=True).encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest() + FOLDER


def hash_path(path: Path) -> str:
    """Hash a file, or a folder with all in it."""
    return hash_listing(list_folder(path)) if path.is_dir() else hash_file(path)


def cached(cache: Path, md5: str) -> Path:
    """Tell where DVC's cache keeps what has a hash."""
    return cache / "files" / "md5" / md5[:2] / md5[2:]


def read_listing(cache: Path, md5: str) -> Listing | None:
    """Read from the cache which files a folder held; None if the cache does not know, or is damaged there."""
    try:
        text = cached(cache, md5).read_bytes()
        if hashlib.md5(text, usedforsecurity=False).hexdigest() + FOLDER != md5:
            return None
        return {entry["relpath"]: entry["md5"] for entry in json.loads(text)}
    except (OSError, ValueError):
        return None
