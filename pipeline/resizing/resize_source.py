"""One source: decode what was kept of it, once, and write it in every size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipeline.arrays.pixel_arrays import PIXELS
from pipeline.pictures.batched_resize import in_batches
from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.records.shards import read_shard, shard_paths
from pipeline.resizing.resize_settings import Resize
from pipeline.resizing.squares import to_squares
from pipeline.runtime.paths import Paths
from pipeline.runtime.work import map_pieces
from pipeline.storage.columns import GENERATOR, KEY, LABEL, OFFICIAL_SPLIT, ROW, TableDefinition
from pipeline.storage.tables import read_table

if TYPE_CHECKING:
    from pipeline.config.params import Params


RESIZED = TableDefinition(
    "datasets/resized/SOURCE/index.parquet",
    "a kept picture; row i describes pixels[i] of every SIZE/pixels.npy, uint8 (pictures, SIZE, SIZE, 3)",
    (
        ROW.named("row", "index into the arrays of pixels"),
        *KEY,
        LABEL,
        OFFICIAL_SPLIT,
        GENERATOR,
    ),
)


@dataclass(frozen=True, slots=True)
class ResizePiece:
    """The kept rows of one shard, and where their pixels go: from ``start`` on in each size's array."""

    shard: Path
    rows: list[int]
    start: int
    folder: Path
    settings: Resize
    max_pixels: int


def resize_shard(piece: ResizePiece) -> int:
    """Decode the kept pictures of one shard once and write them in every size; give their number."""
    images = read_shard(piece.shard, ["image"])["image"].take(pa.array(piece.rows))
    outs = {size: np.lib.format.open_memmap(_out(piece.folder, size), mode="r+") for size in piece.settings.sizes}
    decoded = (np.asarray(to_rgb(open_picture(image["bytes"].as_py(), piece.max_pixels))) for image in images)
    row = piece.start
    for batch in in_batches(decoded):
        for size, pixels in outs.items():
            pixels[row : row + len(batch)] = to_squares(batch, size, piece.settings)
        row += len(batch)
    for pixels in outs.values():
        pixels.flush()
    return len(piece.rows)


def resize(paths: Paths, source: str, params: Params) -> pa.Table:
    """Write the arrays of one source; give their index."""
    keep = read_table(paths.keep_list(source), "deduplicate")
    folder = paths.resized(source)
    for size in params.resize.sizes:
        _out(folder, size).parent.mkdir(parents=True, exist_ok=True)
        np.lib.format.open_memmap(_out(folder, size), "w+", np.uint8, (keep.num_rows, size, size, 3)).flush()
    shards = shard_paths(paths.collected(source))
    numbers, rows = keep["shard"].to_numpy(), keep["row"].to_numpy()
    pieces = []
    for number in np.unique(numbers):
        # A keep-list is in the order of collection, so each shard's rows are one run of it.
        here = np.flatnonzero(numbers == number)
        shard = shards[number]
        pieces.append(
            ResizePiece(shard, rows[here].tolist(), int(here[0]), folder, params.resize, params.screen.max_pixels)
        )
    sum(map_pieces(resize_shard, pieces))
    return keep.append_column("new_row", pa.array(range(keep.num_rows), pa.int32()))


def _out(folder: Path, size: int) -> Path:
    return folder / str(size) / PIXELS
