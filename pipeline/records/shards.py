"""Shards: the Parquet files that hold a source's records, original bytes included.

A source is called as its folder is: shards do not hold its name, so that it can be renamed. Those that an earlier
version wrote do, and are read alike.
"""

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

#: When each record and each failure was last among what a search found; what is missing, when it was collected.
SEEN = "seen.parquet"

#: What the source was when it was collected, as JSON.
DEFINITION = "source.json"


@dataclass(frozen=True, slots=True)
class WriteCounts:
    """How many records were written, and how many rejected."""

    records: int
    rejected: int


def write_source(folder: Path, results: Iterable[Record | Rejection]) -> WriteCounts:
    """Write a source's records as shards and its rejections beside them, holding one shard in memory at a time."""
    rejected: list[Rejection] = []

    def sift() -> Iterator[Record]:
        for result in results:
            if isinstance(result, Rejection):
                rejected.append(result)
            else:
                yield result

    records = write_records(folder, sift())
    write_rejected(folder, rejected)
    return WriteCounts(records, len(rejected))


def write_records(folder: Path, records: Iterable[Record], shard: int = 0) -> int:
    """Write records as shards, the first one with the number ``shard``; give how many records there were."""
    count = size = 0
    rows: list[dict[str, Any]] = []
    for record in records:
        rows.append(record.row())
        count += 1
        size += len(record.data)
        if len(rows) == MAX_RECORDS or size >= MAX_BYTES:
            _write_rows(folder, shard, rows)
            shard, rows, size = shard + 1, [], 0
    if rows:
        _write_rows(folder, shard, rows)
    return count


def write_rejected(folder: Path, rejected: Iterable[Rejection]) -> None:
    """Write what was rejected of a source."""
    write_table(folder / REJECTED, [rejection.row() for rejection in rejected], UNFETCHED_SCHEMA)


def _write_rows(folder: Path, number: int, rows: list[dict[str, Any]]) -> None:
    write_shard(folder / f"shard-{number:05d}.parquet", pa.Table.from_pylist(rows, schema=RECORD_SCHEMA))


def write_shard(path: Path, table: pa.Table) -> None:
    """Write one shard of RECORD_SCHEMA."""
    # Pictures are compressed already: zstd on them costs time and saves nothing.
    compression = {name: "zstd" for name in table.schema.names} | {"image.bytes": "none"}
    pq.write_table(table, path, compression=compression, use_dictionary=False)


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
    """Read one shard, or some of its columns, rows in the order they were written; ``source`` is the folder's name."""
    return _read(path, columns)


def read_rejected(folder: Path) -> pa.Table:
    """Read what was rejected of a source; ``source`` is the folder's name.

    Raises:
        StageMissingError: the source was not collected.
    """
    return _read(folder / REJECTED, None)


def _read(path: Path, columns: Sequence[str] | None) -> pa.Table:
    asked = None if columns is None else [name for name in columns if name != "source"]
    table = read_table(path, f"collect@{path.parent.name}", asked)
    # Earlier versions knew every label, and said so in the schema; without that, old and new shards go together.
    table = table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))
    if columns is not None and "source" not in columns:
        return table
    names = pa.array([path.parent.name] * table.num_rows, pa.string())
    if "source" in table.schema.names:  # An earlier version wrote it.
        return table.set_column(table.schema.get_field_index("source"), "source", names)
    return table.append_column("source", names)


def iterate_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Return a source's rows one by one, holding one shard in memory at a time."""
    for path in shard_paths(folder):
        yield from read_shard(path).to_pylist()
