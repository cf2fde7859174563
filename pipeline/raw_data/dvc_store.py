"""What DVC keeps: hashes as it makes them, computed anew from the files themselves, its cache, and its lock."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.runtime.errors import ChainError

LOCK = "dvc.lock"

#: What DVC's hash of a folder ends in.
FOLDER = ".dir"

#: The files of a folder, by their path inside.
Listing = dict[str, str]


def hash_file(path: Path) -> str:
    """Return the md5 of a file's bytes, in hex: a name, not a protection."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def list_folder(folder: Path, hashed: Callable[[Path], str] = hash_file) -> Listing:
    """Hash every file below a folder but bytecode, which DVC does not count either (see .dvcignore)."""
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {name.as_posix(): hashed(path) for name, path in files.items() if "__pycache__" not in name.parts}


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
    """Return where DVC's cache keeps what has a hash."""
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


def find_cache(root: Path) -> Path:
    """Find DVC's cache of a project.

    Raises:
        ChainError: this is no project of DVC's.
    """
    import dvc.exceptions
    import dvc.repo

    try:
        with dvc.repo.Repo(str(root)) as repo:
            return cache_of(repo)
    except dvc.exceptions.DvcException as error:
        raise ChainError(str(error)) from error


def cache_of(repo: Any) -> Path:
    """Return the folder of a DVC repository's cache."""
    return Path(repo.cache.local.path).parents[1]


def read_locked(root: Path, stage: str) -> Mapping[str, Any]:
    """Read what dvc.lock says of a stage; nothing where it says nothing, or cannot be read."""
    try:
        text = (root / LOCK).read_text(encoding="utf-8")
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - is safe
        entry: Mapping[str, Any] = content["stages"][stage]
        return entry if isinstance(entry, dict) else {}
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        return {}


def holds_folder(cache: Path, md5: str) -> bool:
    """Return whether the cache holds all files of a folder, undamaged."""
    listing = read_listing(cache, md5)
    return listing is not None and all(
        cached(cache, each).is_file() and hash_file(cached(cache, each)) == each for each in set(listing.values())
    )


def check_out(cache: Path, md5: str, folder: Path) -> None:
    """Copy the files of a folder out of the cache, which must hold them, into one that is there."""
    for name, each in (read_listing(cache, md5) or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(cached(cache, each), folder / name)
