"""Keeping out what is to be forgotten, whether it is found anew or on file already."""

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.decisions.tombstones import Tombstones
from pipeline.records.record import Record, Rejection
from pipeline.records.shards import REJECTED, iterate_rows, write_source
from pipeline.storage.files import replacing_folder
from pipeline.storage.tables import read_table

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
        before = sum(1 for _ in iterate_rows(folder))
    return before - written.records


def replay(folder: Path) -> Iterator[Found]:
    """Give all that was collected of a source, in its order."""
    rows = read_table(folder / REJECTED, f"collect@{folder.name}").to_pylist()
    records: Iterator[Found] = map(Record.from_row, iterate_rows(folder))
    rejected: list[Found] = sorted(map(Rejection.from_row, rows), key=_rank)
    yield from heapq.merge(records, rejected, key=_rank)


def _rank(found: Found) -> int:
    return found.candidate.rank if isinstance(found, Record) else found.rank
