"""Keeping out what is to be forgotten, whether it is found anew or on file already."""

import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.parts.files import replacing_folder
from pipeline.parts.record import Record, Rejection
from pipeline.parts.shards import REJECTED, iterate_rows, write_source
from pipeline.parts.tables import read_table
from pipeline.parts.tombstones import Tombstones

REASON = "forgotten"

Found = Record | Rejection


def bury(results: Iterable[Found], tombstones: Tombstones) -> Iterator[Found]:
    """Turn what a tombstone speaks of into rejections that hold nothing of it but its hash and the tombstone's why."""
    for found in results:
        if isinstance(found, Record):
            known, picture = found.candidate, found.id
            final = found.http.final_url if found.http else None
            addresses = [known.image_url, known.page_url, final]
        else:
            known, picture = found, found.id
            addresses = [found.image_url, found.candidate.page_url if found.candidate else None]
        stone = tombstones.against(picture, addresses)
        yield Rejection(known.source, known.rank, REASON, picture, None, stone.why) if stone else found


def rewrite(folder: Path, tombstones: Tombstones) -> int:
    """Write what was collected of a source anew without what is to be forgotten; give the number of pictures gone.

    Nothing is fetched. What stays is what a new collection would write, byte for byte.
    """
    with replacing_folder(folder) as new:
        written = write_source(new, bury(replay(folder), tombstones))
        before = sum(1 for _ in iterate_rows(folder))
    return before - written.records


def replay(folder: Path) -> Iterator[Found]:
    """Give all that was collected of a source, in its order."""
    rejected = read_table(folder / REJECTED, f"collect@{folder.name}").to_pylist()
    yield from heapq.merge(
        map(Record.from_row, iterate_rows(folder)), sorted(map(Rejection.from_row, rejected), key=_rank), key=_rank
    )


def _rank(found: Found) -> int:
    return found.candidate.rank if isinstance(found, Record) else found.rank
