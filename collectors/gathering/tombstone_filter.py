"""Keeping out what is to be forgotten, whether it is found anew or on file already."""

import heapq
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.decisions.tombstones import Tombstones, read_tombstones
from pipeline.records.record import Record, Rejection
from pipeline.records.shards import DEFINITION, SEEN, iterate_rows, read_rejected, write_source
from pipeline.runtime.errors import ForgottenError
from pipeline.storage.files import replacing_folder

REASON = "forgotten"

Found = Record | Rejection


def filter_forgotten(results: Iterable[Found], tombstones: Tombstones) -> Iterator[Found]:
    """Turn what a tombstone speaks of into rejections that hold nothing of it but its hash and the tombstone's why."""
    if not tombstones.stones:
        yield from results
        return
    for found in results:
        stone = tombstones.against(found.id, _addresses(found))
        if stone is None:
            yield found
            continue
        key = found.candidate if isinstance(found, Record) else found
        yield Rejection(key.source, key.rank, REASON, found.id, None, stone.why)


def refuse_forgotten(root: Path, name: str) -> None:
    """Check that a source may be collected.

    Raises:
        ForgottenError: a tombstone names it.
    """
    if stone := read_tombstones(root).against_source(name):
        raise ForgottenError(f"sources.{name}: it is to be forgotten ({stone.why}); take it out of params.yaml")


def bury_kept(folder: Path, root: Path) -> None:
    """Write what was collected of a source anew if it holds what was forgotten since; else it stays byte for byte."""
    tombstones = read_tombstones(root)
    found = zip(replay(folder), filter_forgotten(replay(folder), tombstones), strict=True)
    if tombstones.stones and any(isinstance(before, Record) and isinstance(now, Rejection) for before, now in found):
        rewrite(folder, tombstones)


def _addresses(found: Found) -> list[str | None]:
    if isinstance(found, Record):
        known = found.candidate
        return [known.image_url, known.page_url, found.http.final_url if found.http else None]
    return [found.image_url, found.candidate.page_url if found.candidate else None]


def rewrite(folder: Path, tombstones: Tombstones) -> int:
    """Write what was collected of a source anew without what is to be forgotten; give the number of pictures gone.

    Nothing is fetched. What stays is what a new collection would write, byte for byte.
    """
    with replacing_folder(folder) as new:
        written = write_source(new, filter_forgotten(replay(folder), tombstones))
        for name in (DEFINITION, SEEN):
            if (folder / name).exists():
                shutil.copyfile(folder / name, new / name)
        before = sum(1 for _ in iterate_rows(folder))
    return before - written.records


def replay(folder: Path) -> Iterator[Found]:
    """Return all that was collected of a source, in its order."""
    records: Iterator[Found] = map(Record.from_row, iterate_rows(folder))
    rejected: list[Found] = sorted(map(Rejection.from_row, read_rejected(folder).to_pylist()), key=_rank)
    yield from heapq.merge(records, rejected, key=_rank)


def _rank(found: Found) -> int:
    return found.candidate.rank if isinstance(found, Record) else found.rank
