"""The manifests of a split."""

import pyarrow as pa

from pipeline.storage.columns import (
    GENERATOR,
    GROUP,
    KEY,
    LABEL,
    OFFICIAL_SPLIT,
    REASON,
    REPEATS_TEST,
    REPEATS_TRAIN,
    ROW,
    Column,
    TableDefinition,
)

SPLIT = TableDefinition(
    "datasets/split/RECIPE/{train,val}.parquet",
    "a picture of that split",
    (
        *KEY,
        LABEL,
        ROW.named("row", "index into the source's arrays of pixels"),
        GROUP,
        OFFICIAL_SPLIT,
        GENERATOR,
        Column("placed_by", pa.string(), "why it is in this split: official, ratio, counts or holdout"),
    ),
)

#: How repeats are found stands in ``repeats.py``.
TEST = TableDefinition(
    "datasets/split/RECIPE/test.parquet", "a test picture", (*SPLIT.columns, REPEATS_TEST, REPEATS_TRAIN)
)

SPLIT_DROPPED = TableDefinition(
    "datasets/split/RECIPE/dropped.parquet",
    "a picture that no split of the recipe holds",
    (*KEY, REASON, Column("split", pa.string(), "the split that it would have gone to")),
)
