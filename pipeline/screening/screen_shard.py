"""One shard: screen its pictures, in their order, and build its part of the manifest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.hashing.views import VIEWS_SCHEMA
from pipeline.pictures.batched_resize import in_batches
from pipeline.pictures.picture import PictureError
from pipeline.records.record import Rejection
from pipeline.records.shards import read_shard
from pipeline.runtime.array_types import Pixels
from pipeline.screening.hash_columns import hash_columns
from pipeline.screening.measurements import SCREENED_SCHEMA
from pipeline.screening.screened_picture import DECODING, JUDGING, Row, ScreenedPicture, Step, read_header, take_pixels
from pipeline.screening.time_limit import memory_limit, time_limit
from pipeline.screens.placeholder import REASON
from pipeline.screens.screen_settings import Screen
from pipeline.statements.stated import NOTHING_STATED, Stated

#: Why a picture goes that was collected with `collect.rights: research`, and is `strict` now.
OPTED_OUT = "opted-out"

CARRIED = ("source", "rank", "id", "label", "pair", "official_split", "generator")


@dataclass(frozen=True, slots=True)
class ScreenPiece:
    """Some rows of one shard to screen, from ``start`` up to ``stop``.

    ``stated`` is what params.yaml says of their source. If ``strict``, what its server opted out of machine learning
    is not used.
    """

    shard: Path
    number: int
    start: int
    stop: int
    settings: Screen
    placeholders: frozenset[str] = frozenset()
    orientations: bool = False
    stated: Stated = NOTHING_STATED
    strict: bool = True

    def halves(self) -> tuple[Self, Self]:
        """Cut a piece of more than one row in two."""
        middle = (self.start + self.stop) // 2
        return replace(self, stop=middle), replace(self, start=middle)


@dataclass(frozen=True, slots=True)
class Screened:
    """Rows of the manifest and their views, and rows of the rejected."""

    passed: pa.Table
    views: pa.Table
    rejected: list[Row]


def screen_shard(piece: ScreenPiece) -> Screened:
    """Screen some rows of a shard."""
    table = _read(piece)
    passed: dict[int, Row] = {}
    rejected: dict[int, Row] = {}
    hashes = hash_columns(_pass(piece, table, passed, rejected), piece.orientations)
    places = pa.array(list(passed), pa.int64())  # Typed: of an empty list Arrow would make nulls, and take none.
    columns = {name: column.take(places) for name, column in zip(CARRIED, table.select(CARRIED).columns, strict=True)}
    columns |= {"shard": [piece.number] * len(passed), "row": [piece.start + place for place in passed]}
    columns |= {name: [row[name] for row in passed.values()] for name in next(iter(passed.values()), ())} | hashes
    missing = [None] * len(passed)
    manifest = {name: columns.get(name, missing) for name in SCREENED_SCHEMA.names}
    views = {name: columns.get(name, missing) for name in VIEWS_SCHEMA.names}
    return Screened(
        pa.table(manifest, schema=SCREENED_SCHEMA),
        pa.table(views, schema=VIEWS_SCHEMA),
        [rejected[place] for place in sorted(rejected)],
    )


def _pass(piece: ScreenPiece, table: pa.Table, passed: dict[int, Row], rejected: dict[int, Row]) -> Iterator[Pixels]:
    """Return the pictures that pass, in grey and in order; note what was measured, and what is rejected, by place."""
    with memory_limit(), time_limit() as limit:

        def take(step: Step, pictures: Iterable[ScreenedPicture]) -> Iterator[ScreenedPicture]:
            for picture in pictures:
                try:
                    with limit:
                        step(picture, piece.settings)
                except PictureError as error:
                    rejected[picture.place] = _reject(table, picture.place, error)
                else:
                    yield picture

        def take_all(steps: Iterable[Step], pictures: list[ScreenedPicture]) -> list[ScreenedPicture]:
            for step in steps:
                pictures = list(take(step, pictures))
            return pictures

        for opened in in_batches(take(read_header, _list_pictures(piece, table, rejected))):
            decoded = take_all(DECODING, opened)
            take_pixels(decoded)
            for picture in take_all(JUDGING, decoded):
                passed[picture.place] = picture.measured
                yield picture.grey


def _list_pictures(piece: ScreenPiece, table: pa.Table, rejected: dict[int, Row]) -> Iterator[ScreenedPicture]:
    columns = (table["data"], *(table[name].to_pylist() for name in ("id", "label", "opt_out")))
    for place, (data, name, label, opt_out) in enumerate(zip(*columns, strict=True)):
        if name in piece.placeholders:
            detail = f"the same bytes from {piece.settings.placeholder_hosts} hosts or more"
            rejected[place] = _reject(table, place, PictureError(REASON, detail))
        elif label is None:
            detail = "neither found with it nor stated in params.yaml"
            rejected[place] = _reject(table, place, PictureError("no-label", detail))
        elif opt_out and piece.strict:
            rejected[place] = _reject(table, place, PictureError(OPTED_OUT, opt_out))
        else:
            yield ScreenedPicture(place, data.as_py())


def give_up(piece: ScreenPiece) -> Screened:
    """Reject a piece of one row, on which a process died."""
    error = PictureError("crash", "a decoder crashed, or never ended")
    return Screened(SCREENED_SCHEMA.empty_table(), VIEWS_SCHEMA.empty_table(), [_reject(_read(piece), 0, error)])


def _read(piece: ScreenPiece) -> pa.Table:
    rows = read_shard(piece.shard, [*CARRIED, "image_url", "image", "http"])
    rows = piece.stated.apply(rows.slice(piece.start, piece.stop - piece.start))
    rows = rows.append_column("data", pc.struct_field(rows["image"], "bytes"))
    return rows.append_column("opt_out", pc.struct_field(rows["http"], "opt_out")).drop_columns(["image", "http"])


def _reject(table: pa.Table, place: int, error: PictureError) -> Row:
    row = table.select(["source", "rank", "id", "image_url"]).slice(place, 1).to_pylist()[0]
    return Rejection(row["source"], row["rank"], error.reason, row["id"], row["image_url"], error.detail).row()
