"""Shards: the Parquet files that hold a source's records, original bytes included."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.records.record import RECORD_SCHEMA, UNFETCHED_SCHEMA, Record, Rejection
from pipeline.runtime.errors import StageMissingError
from pipeline.storage.tables import read_table, write_table

#: A shard is closed at whichever comes first; it bounds what one worker holds in memory.
MAX_RECORDS = 5_000
MAX_BYTES = 64 * 2**20

REJECTED = "rejected.parquet"


@dataclass(frozen=True, slots=True)
class WriteCounts:
    """How many records were written, and how many rejected."""

    records: int
    rejected: int


def write_source(folder: Path, results: Iterable[Record | Rejection]) -> WriteCounts:
    """Write a source's records as shards and its rejections beside them, holding one shard in memory at a time."""
    rejected: list[dict[str, Any]] = []
    records = shard = size = 0
    rows: list[dict[str, Any]] = []
    for result in results:
        if isinstance(result, Rejection):
            rejected.append(result.row())
            continue
        rows.append(result.row())
        records += 1
        size += len(result.data)
        if len(rows) == MAX_RECORDS or size >= MAX_BYTES:
            _write_shard(folder, shard, rows)
            shard, rows, size = shard + 1, [], 0
    if rows:
        _write_shard(folder, shard, rows)
    write_table(folder / REJECTED, rejected, UNFETCHED_SCHEMA)
    return WriteCounts(records, len(rejected))


def _write_shard(folder: Path, number: int, rows: list[dict[str, Any]]) -> None:
    # Pictures are compressed already: zstd on them costs time and saves nothing.
    compression = {name: "zstd" for name in RECORD_SCHEMA.names} | {"image.bytes": "none"}
    table = pa.Table.from_pylist(rows, schema=RECORD_SCHEMA)
    pq.write_table(table, folder / f"shard-{number:05d}.parquet", compression=compression, use_dictionary=False)


def shard_paths(folder: Path) -> list[Path]:
    """List a source's shards in order.

    Raises:
        StageMissingError: the source was not collected.
    """
    paths = sorted(folder.glob("shard-*.parquet"))
    if not paths and not (folder / REJECTED).exists():
        raise StageMissingError(folder, f"collect@{folder.name}")
    return paths


def read_shard(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one shard, or some of its columns, rows in the order they were written."""
    return read_table(path, f"collect@{path.parent.name}", columns)


def iterate_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Give a source's rows one by one, holding one shard in memory at a time."""
    for path in shard_paths(folder):
        yield from read_shard(path).to_pylist()
