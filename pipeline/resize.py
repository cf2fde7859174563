"""Make the square pixels that models see, in every size that params.yaml lists.

Reads datasets/collected/SOURCE and its keep-list, writes datasets/resized/SOURCE: SIZE/pixels.npy, uint8
(pictures, SIZE, SIZE, 3), and index.parquet, whose row i says which picture pixels[i] is.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.parts.alike import in_batches
from pipeline.parts.arrays import PIXELS
from pipeline.parts.command import Stage, run_command
from pipeline.parts.params import Params, Resize, load_params
from pipeline.parts.paths import Paths, find_root
from pipeline.parts.pictures import open_picture, to_rgb
from pipeline.parts.shards import read_shard, shard_paths
from pipeline.parts.squares import to_squares
from pipeline.parts.tables import read_table, write_table
from pipeline.parts.work import map_pieces

INDEX_SCHEMA = pa.schema(
    [
        ("row", pa.int32()),
        ("source", pa.string()),
        ("rank", pa.int32()),
        ("id", pa.string()),
        ("label", pa.int8()),
        ("official_split", pa.string()),
        ("generator", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Piece:
    """The kept rows of one shard, and where their pixels go: from ``start`` on in each size's array."""

    shard: Path
    rows: list[int]
    start: int
    folder: Path
    settings: Resize
    max_pixels: int


def resize_shard(piece: Piece) -> int:
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
        pieces.append(Piece(shard, rows[here].tolist(), int(here[0]), folder, params.resize, params.screen.max_pixels))
    sum(map_pieces(resize_shard, pieces))
    return keep.append_column("new_row", pa.array(range(keep.num_rows), pa.int32()))


def _out(folder: Path, size: int) -> Path:
    return folder / str(size) / PIXELS


def main() -> None:
    """Run the stage for the source named on the command line."""
    source = sys.argv[1]
    stage = Stage("resize", source)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    index = resize(paths, source, params).drop_columns(["row", "shard"]).rename_columns({"new_row": "row"})
    write_table(paths.resized(source) / "index.parquet", index.select(INDEX_SCHEMA.names), INDEX_SCHEMA)
    stage.summarise(index.num_rows, index.num_rows, note=f"sizes {', '.join(map(str, params.resize.sizes))}")


if __name__ == "__main__":
    run_command(main)
