"""Manifests: small Parquet tables, the same bytes for the same rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.runtime.errors import StageMissingError
from pipeline.storage.files import replacing

#: Rows that are read together. One picture is looked up by its id among a million in 20 ms, and not in 235: a reader
#: sees from a Bloom filter of 20 KB which rows cannot hold it.
ROW_GROUP = 16_384
FILTERED = frozenset({"id", "id_a", "id_b", "survivor_id", "group"})


def write_table(path: Path, rows: Sequence[Mapping[str, Any]] | pa.Table, schema: pa.Schema) -> None:
    """Write rows under a schema, in one step and in the order given."""
    table = rows.cast(schema) if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows), schema=schema)
    distinct = min(max(len(table), 1), ROW_GROUP)
    filters = {name: {"ndv": distinct, "fpp": 0.01} for name in schema.names if name in FILTERED}
    with replacing(path) as temporary:
        pq.write_table(
            table, temporary, compression="zstd", row_group_size=ROW_GROUP, bloom_filter_options=filters or None
        )


def read_table(path: Path, stage: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a manifest that ``stage`` wrote.

    Raises:
        StageMissingError: the file is missing or is not Parquet.
    """
    try:
        # A third of the time of pq.read_table, which looks for more files of a data set.
        with pq.ParquetFile(path) as file:
            return file.read(None if columns is None else list(columns))
    except (OSError, pa.ArrowInvalid) as error:
        raise StageMissingError(path, stage) from error
