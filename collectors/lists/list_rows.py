"""Lists that somebody has written, CSV or Parquet: row by row, nothing of them believed."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.runtime.errors import AddressListError

#: Letters of a title or licence that are kept.
MAX_TEXT = 2_000


def read_rows(path: Path, name: object, wanted: Sequence[str], needed: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Return the rows of a list, with those of the wanted columns that there are. Errors call it by ``name``.

    Raises:
        AddressListError: it cannot be read, or lacks a column that is needed.
    """
    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
        for row in (_parquet_rows if is_parquet else _csv_rows)(path, wanted):
            for column in needed:
                if column not in row:
                    raise AddressListError(name, f"no column {column!r}")
            yield row
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise AddressListError(name, f"cannot be read ({' '.join(str(error).split())[:200]})") from error


def _parquet_rows(path: Path, wanted: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    with pq.ParquetFile(path) as file:
        columns = [name for name in wanted if name in file.schema_arrow.names]
        if not columns:
            yield {}
        for batch in file.iter_batches(columns=columns):
            yield from batch.to_pylist()


def _csv_rows(path: Path, wanted: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            yield {name: row[name] for name in wanted if name in row}


def text_of(value: Any, longest: int = MAX_TEXT) -> str | None:
    """Return what a cell says; None when it is empty.

    >>> text_of(" CC0 "), text_of(""), text_of(7)
    ('CC0', None, '7')
    """
    if value is None or isinstance(value, bytes | list | dict):
        return None
    return str(value).strip().encode("utf-8", "replace").decode()[:longest] or None
