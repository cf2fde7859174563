"""Trying again what the last collection of a source could not fetch, without searching again."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from collectors.http.context import CollectContext
from collectors.http.fetch import fetch_all
from pipeline.records.record import Candidate, Record, Rejection
from pipeline.records.shards import read_rejected


def fetch_again(causes: Collection[str], context: CollectContext) -> Iterator[Record | Rejection]:
    """Try the failures for these causes again, in their order; no causes stand for all.

    Raises:
        StageMissingError: there was no collection, or its out is damaged.
    """
    chosen = (row for row in read_failed(context.previous) if is_chosen(row, causes))
    yield from fetch_all(map(Candidate.from_row, sorted(chosen, key=lambda row: row["rank"])), context)


def read_failed(folder: Path) -> list[dict[str, Any]]:
    """Read what the collection in a folder could not fetch.

    Raises:
        StageMissingError: there is no collection.
    """
    rows: list[dict[str, Any]] = read_rejected(folder).to_pylist()
    return rows


def is_chosen(row: Mapping[str, Any], causes: Collection[str]) -> bool:
    """Return whether a failure is to be tried again: for one of the causes, or for any if none are named."""
    return row["collector"] is not None and (not causes or row["reason"] in causes)
