"""Columns and tables: every table that a stage writes is declared as columns with a type and a meaning.

``pipeline/lineage/data_dictionary.py`` lists all tables; docs/tables.md is made of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``required``: no row lacks a value."""

    name: str
    type: pa.DataType
    meaning: str
    required: bool = False

    def must(self) -> Self:
        """Return the column as one that no row lacks."""
        return replace(self, required=True)

    def may(self) -> Self:
        """Return the column as one that rows may lack."""
        return replace(self, required=False)

    def named(self, name: str, meaning: str | None = None) -> Self:
        """Return the column under another name."""
        return replace(self, name=name, meaning=meaning or self.meaning)

    @property
    def field(self) -> pa.Field:
        """The column as Arrow has it."""
        return pa.field(self.name, self.type, nullable=not self.required)


@dataclass(frozen=True)
class TableDefinition:
    """One kind of table: the file, with placeholders in capitals; what a row is; its columns, in order.

    ``metadata`` goes into every file.
    """

    file: str
    row: str
    columns: tuple[Column, ...]
    metadata: Mapping[str, str] | None = field(default=None)

    @cached_property
    def schema(self) -> pa.Schema:
        """The table as Arrow has it."""
        return pa.schema([column.field for column in self.columns], metadata=self.metadata)

    def column(self, name: str) -> Column:
        """Look a column up by its name."""
        return next(column for column in self.columns if column.name == name)


#: Columns that recur. (source, rank) is the key of a record in every table.
SOURCE = Column("source", pa.string(), "name of the source under `sources:` in params.yaml")
RANK = Column("rank", pa.int32(), "place among what the source found, from 0; with `source` the key of a record")
ID = Column("id", pa.string(), "sha256 of the original bytes, in hex: names the picture")
LABEL = Column("label", pa.int8(), "0 REAL, 1 FAKE")
OFFICIAL_SPLIT = Column("official_split", pa.string(), "train, val or test, where the data set brings a split along")
GENERATOR = Column("generator", pa.string(), "what made an AI-generated picture, where somebody stated it")
PAIR = Column("pair", pa.string(), "name shared by a photograph and the fake made after it; never divided by a split")
SHARD = Column("shard", pa.int32(), "number of the collected shard that holds the original bytes")
ROW = Column("row", pa.int32(), "row in that shard")
REASON = Column("reason", pa.string(), "why the record was dropped: one hyphenated word")
GROUP = Column("group", pa.string(), "id of the group's first member: near-duplicates and pairs share one")
SCORE = Column("score", pa.float32(), "P(FAKE) by the detector, 0 to 1")
REPEATS_TEST = Column("repeats_test", pa.bool_(), "repeats another picture of the test")
REPEATS_TRAIN = Column("repeats_train", pa.bool_(), "repeats a picture of the data set's own train")

KEY = (SOURCE, RANK, ID)
