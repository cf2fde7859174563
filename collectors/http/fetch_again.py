"""Trying again what the last collection of a source could not fetch, without searching again."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from collectors.http.context import CollectContext
from collectors.http.fetch import fetch_all
from pipeline.records.record import RECORD_SCHEMA, Candidate, Record, Rejection
from pipeline.records.shards import REJECTED, read_shard, shard_paths
from pipeline.storage.tables import read_table

KNOWN = [name for name in RECORD_SCHEMA.names if name != "image"]


def fetch_again(causes: Collection[str], context: CollectContext) -> Iterator[Record | Rejection]:
    """Give all that the last collection gave, in its order, once the failures for these causes are tried again.

    No causes stand for all. What was fetched then comes from its shards.

    Raises:
        StageMissingError: there was no collection, or its out is damaged.
    """
    rows = [row for path in shard_paths(context.previous) for row in read_shard(path, KNOWN).to_pylist()]
    failed = read_failed(context.previous)
    chosen = [row for row in failed if is_chosen(row, causes)]
    rest = [Rejection.from_row(row) for row in failed if not is_chosen(row, causes)]
    candidates = map(Candidate.from_row, [*rows, *chosen])
    yield from fetch_all(sorted([*candidates, *rest], key=lambda each: each.rank), context)


def read_failed(folder: Path) -> list[dict[str, Any]]:
    """Read what the collection in a folder could not fetch.

    Raises:
        StageMissingError: there is no collection.
    """
    rows: list[dict[str, Any]] = read_table(folder / REJECTED, f"collect@{folder.name}").to_pylist()
    return rows


def is_chosen(row: Mapping[str, Any], causes: Collection[str]) -> bool:
    """Tell whether a failure is to be tried again: for one of the causes, or for any if none are named."""
    return row["collector"] is not None and (not causes or row["reason"] in causes)
