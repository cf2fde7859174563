"""One shard: screen its pictures, in their order, and build its part of the manifest."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.parts.measurements import SCREENED_SCHEMA
from pipeline.parts.params import Screen
from pipeline.parts.pictures import PictureError, Pixels
from pipeline.parts.record import Rejection
from pipeline.parts.shards import read_shard
from pipeline.screening.hashing import hash_columns
from pipeline.screening.limit import time_limit
from pipeline.screening.picture import Row, screen_picture, speaks_against
from pipeline.screens.placeholder import REASON

CARRIED = ("source", "rank", "id", "label", "pair", "official_split", "generator")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one shard to screen, from ``start`` up to ``stop``."""

    shard: Path
    number: int
    start: int
    stop: int
    settings: Screen
    placeholders: frozenset[str] = frozenset()
    orientations: bool = False

    def halves(self) -> tuple[Self, Self]:
        """Cut a piece of more than one row in two."""
        middle = (self.start + self.stop) // 2
        return replace(self, stop=middle), replace(self, start=middle)


@dataclass(frozen=True, slots=True)
class Screened:
    """Rows of the manifest, and rows of the rejected."""

    passed: pa.Table
    rejected: list[Row]


def screen_shard(piece: Piece) -> Screened:
    """Screen some rows of a shard."""
    table = _read(piece)
    passed: dict[int, Row] = {}
    rejected: list[Row] = []
    hashes = hash_columns(_pass(piece, table, passed, rejected), piece.orientations)
    columns = {
        name: column.take(list(passed)) for name, column in zip(CARRIED, table.select(CARRIED).columns, strict=True)
    }
    columns |= {"shard": [piece.number] * len(passed), "row": [piece.start + place for place in passed]}
    columns |= {name: [row[name] for row in passed.values()] for name in next(iter(passed.values()), ())} | hashes
    missing = [None] * len(passed)
    manifest = {name: columns.get(name, missing) for name in SCREENED_SCHEMA.names}
    return Screened(pa.table(manifest, schema=SCREENED_SCHEMA), rejected)


def _pass(piece: Piece, table: pa.Table, passed: dict[int, Row], rejected: list[Row]) -> Iterator[Pixels]:
    """Give the pixels of the pictures that pass, one by one; note what was measured, by row, and what is rejected."""
    columns = (table["data"], table["id"].to_pylist(), table["label"].to_pylist())
    for place, (data, name, label) in enumerate(zip(*columns, strict=True)):
        try:
            passed[place], pixels = _screen(piece, data.as_py(), name, label)
        except PictureError as error:
            rejected.append(_reject(table, place, error))
        else:
            yield pixels


def give_up(piece: Piece) -> Screened:
    """Reject a piece of one row, on which a process died."""
    error = PictureError("crash", "a decoder crashed, or never ended")
    return Screened(SCREENED_SCHEMA.empty_table(), [_reject(_read(piece), 0, error)])


def _read(piece: Piece) -> pa.Table:
    rows = read_shard(piece.shard, [*CARRIED, "image_url", "image"]).slice(piece.start, piece.stop - piece.start)
    return rows.append_column("data", pc.struct_field(rows["image"], "bytes")).drop_columns("image")


def _screen(piece: Piece, data: bytes, name: str, label: int) -> tuple[Row, Pixels]:
    if name in piece.placeholders:
        raise PictureError(REASON, f"the same bytes from {piece.settings.placeholder_hosts} hosts or more")
    with time_limit():
        measured, pixels = screen_picture(data, piece.settings)
    if piece.settings.label_conflict == "drop" and speaks_against(measured["evidence"], label):
        raise PictureError("label-conflict", f"{measured['evidence']}, says {measured['evidence_field']}")
    return measured, pixels


def _reject(table: pa.Table, place: int, error: PictureError) -> Row:
    row = table.select(["source", "rank", "id", "image_url"]).slice(place, 1).to_pylist()[0]
    return Rejection(row["source"], row["rank"], error.reason, row["id"], row["image_url"], error.detail).row()
