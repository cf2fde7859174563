"""Proof that something forgotten is gone: from the outs, from DVC's cache, from what collections left behind."""

import mmap
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.parts.paths import Paths
from touchstone.lineage.hashing import Listing, read_listing
from touchstone.lineage.lock import Lock
from touchstone.lineage.manifests import Manifests

#: Where a picture's bytes could be: its shards hold them as they are.
SHORTEST = 16


def find_traces(manifests: Manifests, files: Iterable[Path], pictures: dict[str, bytes]) -> Iterator[str]:
    """Name files that still hold one of some pictures: its very bytes anywhere, or its id in a table of pictures.

    A list of what was rejected may name it: that is how it stays known as forgotten.
    """
    ids = sorted(pictures)
    for file in files:
        if any(_holds(file, data) for data in pictures.values()):
            yield f"{file}: holds its bytes"
        elif _is_parquet(file) and _lists(manifests, file, ids):
            yield f"{file}: lists it"


def _holds(file: Path, data: bytes) -> bool:
    if file.stat().st_size < max(len(data), SHORTEST):
        return False
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(data) >= 0


def _is_parquet(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"PAR1"


def _lists(manifests: Manifests, file: Path, ids: list[str]) -> bool:
    columns = manifests.columns(file)
    if "reason" in columns and "survivor_id" not in columns:
        return False
    wanted = [name for name in columns if name == "id" or name.startswith(("id_", "survivor_id"))]
    where = " OR ".join(f'list_contains(?, "{name}")' for name in wanted)
    return bool(wanted and manifests.read([file], f"{where} LIMIT 1", [ids] * len(wanted), ", ".join(wanted)))


def out_files(paths: Paths, lock: Lock) -> list[Path]:
    """List the files of all outs."""
    found: set[Path] = set()
    for stage in lock.values():
        for out in stage.outs:
            path = paths.root / out.path
            found |= {file for file in path.rglob("*") if file.is_file()} if path.is_dir() else {path} & _there(path)
    return sorted(found)


def _there(path: Path) -> set[Path]:
    return {path} if path.is_file() else set()


def cache_files(cache: Path) -> list[Path]:
    """List the files in DVC's cache."""
    return sorted(path for path in (cache / "files").rglob("*") if path.is_file())


def find_older(cache: Path, lock: Lock) -> list[Path]:
    """List what is in DVC's cache and belongs to no out of today."""
    current: set[str] = set()
    for stage in lock.values():
        for out in stage.outs:
            listing: Listing = read_listing(cache, out.md5) or {}
            current |= {out.md5, *listing.values()}
    return [file for file in cache_files(cache) if file.parent.name + file.name not in current]
