"""The tables that `deduplicate` writes."""

import pyarrow as pa

from pipeline.storage.columns import (
    GENERATOR,
    GROUP,
    KEY,
    LABEL,
    OFFICIAL_SPLIT,
    REASON,
    ROW,
    SHARD,
    Column,
    TableDefinition,
)

HASHES = (
    Column("hash", pa.uint64(), "the perceptual hash that `deduplicate.hash` names"),
    Column("turned", pa.list_(pa.uint64()), "those of the picture mirrored and turned, if asked for"),
)
DISTANCE = Column("distance", pa.uint8(), "bits of 64 in which two hashes differ")

KEEP = TableDefinition(
    "datasets/deduplicated/keep/SOURCE.parquet",
    "a picture that stays",
    (*KEY, LABEL, SHARD, ROW, OFFICIAL_SPLIT, GENERATOR),
)

#: A group is named by its first member in the order of sources, so that a source added last renames none.
GROUPS = TableDefinition(
    "datasets/deduplicated/groups.parquet",
    "a picture that stays",
    (
        *KEY,
        GROUP,
        *HASHES,
        Column("members", pa.int32(), "pictures in the group, those that were dropped among them"),
        Column("diameter", pa.uint8(), "the most bits in which two of the group's hashes differ"),
        Column("exact", pa.bool_(), "whether `diameter` is exact, and not a bound"),
    ),
)

PAIRS = TableDefinition(
    "datasets/deduplicated/pairs.parquet",
    "two pictures that were proposed as the same",
    (
        *(column.named(f"{column.name}_{side}") for side in ("a", "b") for column in KEY),
        DISTANCE,
        Column("agreeing", pa.uint8(), "cells of the aligned squares, of 64, that have detail and show the same"),
        Column("detailed", pa.uint8(), "cells that have detail"),
        Column("confirmed", pa.bool_(), "whether the pixels confirm it"),
    ),
)

DUPLICATES = TableDefinition(
    "datasets/deduplicated/duplicates.parquet",
    "a picture that was dropped, and the one that stays in its place",
    (
        *KEY,
        REASON,
        DISTANCE,
        *(column.named(f"survivor_{column.name}") for column in KEY),
        OFFICIAL_SPLIT,
        GROUP,
        *HASHES,
    ),
)
