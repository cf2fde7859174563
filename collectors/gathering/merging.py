"""Putting what a search finds to what was collected before: new finds are added, nothing that is there goes.

The shards of before stay as they are, files and order; new pictures come into shards of their own behind them. A
record keeps its rank, whatever place it has in a later search.
"""

import shutil
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.records.record import LAST_SEEN, RECORD_SCHEMA, Candidate, Record, Rejection
from pipeline.records.shards import (
    SEEN,
    read_rejected,
    read_shard,
    shard_paths,
    write_records,
    write_rejected,
    write_shard,
)
from pipeline.storage.tables import read_table, write_table

#: What may be found otherwise of a picture that was collected before, and counts then.
FACTS = ("label", "license", "author", "generator", "pair", "official_split")

Facts = tuple[Any, ...]


@dataclass(slots=True)
class Merged:
    """How many records are ``new``, and of how many that there were a search found nothing (``unseen``)."""

    new: int = 0
    unseen: int = 0


def merge(previous: Path, folder: Path, results: Iterable[Record | Rejection], seen: datetime | None) -> Merged:
    """Write into ``folder`` what is in ``previous`` and what of the results is new.

    What is found was ``seen`` at that time; None where nothing was searched for, but failures were tried again.

    Raises:
        StageMissingError: what was collected before is damaged.
    """
    known = _KnownRecords(previous)
    shards = shard_paths(previous)
    first = 1 + max((int(path.stem.removeprefix("shard-")) for path in shards), default=-1)
    new = write_records(folder, known.sift(results), first)
    for path in shards:
        _carry(path, folder / path.name, known.changed)
    write_rejected(folder, (rejection for _, rejection in sorted(known.failed.items())))
    _write_seen(previous, folder, known.found if seen else set(), seen)
    return Merged(new, known.unseen())


class _KnownRecords:
    """What was collected before, by the addresses it came from; finds are taken off one by one."""

    def __init__(self, previous: Path) -> None:
        self._records: dict[tuple[str, str], deque[tuple[int, Facts]]] = defaultdict(deque)
        self._failures: dict[str | None, deque[int]] = defaultdict(deque)
        self._addresses: set[str] = set()
        self.failed: dict[int, Rejection] = {}
        self.changed: dict[int, Facts] = {}
        self.found: set[int] = set()
        for path in shard_paths(previous):
            for row in read_shard(path, ["id", "image_url", "rank", *FACTS]).to_pylist():
                self._records[row["image_url"], row["id"]].append((row["rank"], tuple(row[name] for name in FACTS)))
                self._addresses.add(row["image_url"])
        for row in read_rejected(previous).to_pylist():
            self.failed[row["rank"]] = Rejection.from_row(row)
            self._failures[_address(self.failed[row["rank"]])].append(row["rank"])
        ranks = {rank for places in self._records.values() for rank, _ in places} | self.failed.keys()
        self._free = count(1 + max(ranks, default=-1))

    def unseen(self) -> int:
        """Count the records that nothing was found of."""
        return sum(len(places) for places in self._records.values())

    def sift(self, results: Iterable[Record | Rejection]) -> Iterator[Record]:
        """Return the new records among what is found, each under its rank; note all else."""
        for result in results:
            if isinstance(result, Rejection):
                self._reject(result)
            elif places := self._records[result.candidate.image_url, result.id]:
                self._find(result.candidate, *places.popleft())
            else:
                rank = self._take(result.candidate.image_url)
                self.failed.pop(rank, None)
                yield replace(result, candidate=replace(result.candidate, rank=rank))

    def _find(self, candidate: Candidate, rank: int, before: Facts) -> None:
        self.found.add(rank)
        now = tuple(getattr(candidate, name) for name in FACTS)
        if now != before:
            self.changed[rank] = now

    def _reject(self, rejection: Rejection) -> None:
        """Keep why something could not be had, unless it was had before."""
        address = _address(rejection)
        if address in self._addresses:
            return
        rank = self._take(address)
        candidate = rejection.candidate and replace(rejection.candidate, rank=rank)
        self.failed[rank] = replace(rejection, rank=rank, candidate=candidate)

    def _take(self, address: str | None) -> int:
        """Return the rank of what failed at an address before, or one that is free."""
        failures = self._failures[address]
        rank = failures.popleft() if failures else next(self._free)
        self.found.add(rank)
        return rank


def _address(rejection: Rejection) -> str | None:
    """Return by what a rejection is known again; what is forgotten has no address but the hash of the picture."""
    return rejection.image_url or rejection.id


def _carry(path: Path, target: Path, changed: dict[int, Facts]) -> None:
    """Take a shard over, with what is found otherwise of some of its ranks now."""
    ranks = read_shard(path, ["rank"])["rank"].to_pylist()
    if changed.keys().isdisjoint(ranks):
        shutil.copyfile(path, target)
        return
    table = read_shard(path).select(RECORD_SCHEMA.names)
    for place, name in enumerate(FACTS):
        values = [
            changed[rank][place] if rank in changed else value
            for rank, value in zip(ranks, table[name].to_pylist(), strict=True)
        ]
        field = RECORD_SCHEMA.field(name)
        table = table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))
    write_shard(target, table.cast(RECORD_SCHEMA))


def _write_seen(previous: Path, folder: Path, found: Iterable[int], seen: datetime | None) -> None:
    times = read_seen(previous) | {rank: seen.astimezone(UTC) for rank in found if seen}
    if times:
        rows = [{"rank": rank, "last_seen": time} for rank, time in sorted(times.items())]
        write_table(folder / SEEN, rows, LAST_SEEN.schema)


def read_seen(folder: Path) -> dict[int, datetime]:
    """Read when the records of a source were last found, by their ranks, as far as that is later than the first time.

    Raises:
        StageMissingError: the file is damaged.
    """
    if not (folder / SEEN).exists():
        return {}
    table = read_table(folder / SEEN, f"collect@{folder.name}")
    return dict(zip(table["rank"].to_pylist(), table["last_seen"].to_pylist(), strict=True))
