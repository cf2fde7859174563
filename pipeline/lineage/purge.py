"""Where a forgotten picture still is: its bytes, its squares and its name, looked for in outs and in DVC's cache.

All is compared by sha256, so that thousands of pictures are looked for in one reading of each file.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np

from pipeline.arrays.pixel_arrays import PIXELS
from pipeline.decisions.tombstones import digest
from pipeline.lineage.lock import Lock
from pipeline.lineage.manifests import Manifests
from pipeline.raw_data.dvc_store import FOLDER, cached, read_listing
from pipeline.runtime.errors import ChainError, StageMissingError
from pipeline.runtime.paths import Paths
from pipeline.storage.files import write_json
from pipeline.storage.tables import read_table

#: Reports shorten an id to so many digits.
SHORT = 12

#: By what a report may name a picture: digits of its id, its address, its place in its source.
_WORDS = re.compile(rb"[0-9a-f]{12,64}|https?://[^\s\"'<>)]+|[a-z0-9_]+ #[0-9]+")

Record = tuple[str, int, str | None]


@dataclass(frozen=True, slots=True)
class PurgeTarget:
    """What is looked for, as sha256: pictures and their squares, and the words by which a report names them.

    ``ids`` are those of the pictures that this removal is about.
    """

    ids: frozenset[str] = frozenset()
    contents: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def __or__(self, other: Self) -> "PurgeTarget":
        return PurgeTarget(self.ids | other.ids, self.contents | other.contents, self.words | other.words)


def read_wanted(path: Path) -> PurgeTarget:
    """Read what an interrupted removal looked for; nothing if none was.

    Raises:
        ChainError: it cannot be read, so that nothing could be proved.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return PurgeTarget(*(frozenset(content[name]) for name in ("ids", "contents", "words")))
    except FileNotFoundError:
        return PurgeTarget()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ChainError(f"{path}: cannot be read; it says what `touchstone forget` was removing") from error


def write_wanted(path: Path, wanted: PurgeTarget) -> None:
    """Keep what is looked for: hashes only. Once the pictures are gone, nothing else tells."""
    write_json(path, {name: sorted(values) for name, values in asdict(wanted).items()})


def look_for(manifests: Manifests, records: Iterable[Record]) -> PurgeTarget:
    """Describe what to look for, from a project that still has the records (source, rank, id) that are to go.

    What was forgotten before is looked for again: that may have been interrupted.
    """
    ids = {(source, rank): identity for source, rank, identity in records if identity}
    words = {f"{source} #{rank}" for source, rank in ids} | {identity[:SHORT] for identity in ids.values()}
    sources = sorted({source for source, _ in ids})
    for source in sources:
        rows = manifests.read(manifests.shards(source), "true", [], "source, rank, image_url")
        words |= {row["image_url"] for row in rows if (source, row["rank"]) in ids}
    forgotten = "reason = 'forgotten'"
    rejected = [manifests.collected(source)[-1] for source in manifests.sources()]
    earlier = {row["id"] for row in manifests.read(rejected, forgotten, [], "id") if row["id"]}
    squares = {square for folder in _array_folders(manifests, sources) for square in _squares(folder, set(ids))}
    own = frozenset(ids.values())
    return PurgeTarget(own, frozenset({*earlier, *own, *squares}), frozenset(map(digest, words)))


def _array_folders(manifests: Manifests, sources: list[str]) -> list[Path]:
    paths = manifests.paths
    folders = [paths.resized(source) for source in sources] + [paths.augmented(name) for name in manifests.recipes()]
    return [folder for folder in folders if (folder / "index.parquet").is_file()]


def _squares(folder: Path, keys: set[tuple[str, int]]) -> Iterator[str]:
    """Return the digests of the squares that an index says to be of some records, in arrays of all sizes."""
    index = read_table(folder / "index.parquet", "resize", ["source", "rank"]).to_pylist()
    rows = [number for number, row in enumerate(index) if (row["source"], row["rank"]) in keys]
    for file in folder.rglob(PIXELS):
        pixels = np.load(file, mmap_mode="r")
        yield from (hashlib.sha256(pixels[row].tobytes()).hexdigest() for row in rows)


def find_traces(manifests: Manifests, files: Iterable[Path], wanted: PurgeTarget) -> Iterator[Path]:
    """Name the files that hold one of some pictures, or list it among pictures that are used.

    A list of what was rejected may name it: that is how it stays known as forgotten. A file that is damaged could hold
    anything.
    """
    for file in files:
        try:
            if _holds(manifests, file, wanted.contents):
                yield file
        except (StageMissingError, ValueError):
            yield file


def _holds(manifests: Manifests, file: Path, contents: frozenset[str]) -> bool:
    with file.open("rb") as opened:
        start = opened.read(6)
        if start == b"\x93NUMPY":
            array = np.load(file, mmap_mode="r")
            return array.ndim > 1 and any(hashlib.sha256(row.tobytes()).hexdigest() in contents for row in array)
        if start.startswith(b"PAR1"):
            return manifests.holds(file, contents)
        opened.seek(0)
        return hashlib.file_digest(opened, "sha256").hexdigest() in contents


def clear_cache(manifests: Manifests, cache: Path, lock: Lock, wanted: PurgeTarget) -> list[str]:
    """Delete from DVC's cache what holds one of some pictures, in whatever version; give the names of what is gone.

    Squares may have been made otherwise in another version, and are not known then: of a folder one of whose tables
    lists a picture, the arrays go as well. So do reports that name one: they may show it, small.
    """
    files = set(cache_files(cache)) - current_files(cache, lock)
    found = set(find_traces(manifests, sorted(files), wanted))
    for folder in files:
        if folder.name.endswith(FOLDER):
            members = {cached(cache, md5) for md5 in (read_listing(cache, _name(folder)) or {}).values()}
            if members & found:
                found |= {file for file in members & files if _starts(file, b"\x93NUMPY")}
    found |= {file for file in files - found if _is_page(file) and _names(file, wanted.words)}
    for file in found:
        file.unlink()
    return sorted(file.relative_to(cache).as_posix() for file in found)


def _name(file: Path) -> str:
    return file.parent.name + file.name


def _starts(file: Path, magic: bytes) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(magic)) == magic


def _is_page(file: Path) -> bool:
    with file.open("rb") as opened:
        return b"<!doctype html>" in opened.read(256).lower()


def _names(file: Path, words: frozenset[str]) -> bool:
    found = {match[0].decode() for match in _WORDS.finditer(file.read_bytes())}
    return any(digest(word[:SHORT] if re.fullmatch("[0-9a-f]+", word) else word) in words for word in found)


def out_files(paths: Paths, lock: Lock) -> list[Path]:
    """List the files of all outs."""
    outs = [paths.root / out.path for stage in lock.values() for out in stage.outs]
    return sorted({file for out in outs for file in (out.rglob("*") if out.is_dir() else [out]) if file.is_file()})


def cache_files(cache: Path) -> list[Path]:
    """List the files in DVC's cache."""
    return sorted(path for path in (cache / "files").rglob("*") if path.is_file())


def current_files(cache: Path, lock: Lock) -> set[Path]:
    """List what in DVC's cache the outs of today consist of."""
    names = {out.md5 for stage in lock.values() for out in stage.outs}
    names |= {md5 for name in names if name.endswith(FOLDER) for md5 in (read_listing(cache, name) or {}).values()}
    return {cached(cache, name) for name in names}
