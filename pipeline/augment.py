"""Make changed copies of the training pictures, each pointing at the picture it came from.

Reads datasets/split/RECIPE/train.parquet and datasets/resized, writes datasets/augmented/RECIPE: pixels.npy, uint8
(rows, size, size, 3), and index.parquet, whose row i says what pixels[i] is a copy of and how it was changed.

What is done to a copy is drawn from (seed, source, rank, copy), so it is the same in any order and process.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.arrays.pixel_arrays import PIXELS, gather
from pipeline.changes.apply_changes import apply_change
from pipeline.changes.augment_settings import Augment
from pipeline.changes.change import COLUMNS, Change, draw_change
from pipeline.config.params import load_params
from pipeline.config.recipe import load_recipe
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.runtime.work import map_pieces
from pipeline.storage.tables import read_table, write_table

#: Rows that one worker handles at a time: 100 MB of 64x64 pictures with two copies.
PIECE_ROWS = 4_000

INDEX_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("rank", pa.int32()),
        ("id", pa.string()),
        ("label", pa.int8()),
        ("copy", pa.int8()),
        *COLUMNS.items(),
    ]
)


@dataclass(frozen=True, slots=True)
class AugmentPiece:
    """Some training rows, and where they and their copies go: from ``start`` on."""

    root: Path
    recipe: str
    size: int
    settings: Augment
    seed: int
    start: int
    stop: int


def augment_piece(piece: AugmentPiece) -> list[dict[str, Any]]:
    """Write the pixels of some training rows and their copies; give the rows of the index."""
    paths = Paths(piece.root)
    table = _train(paths, piece.recipe).slice(piece.start, piece.stop - piece.start)
    originals = gather(paths, piece.size, table)
    out = np.lib.format.open_memmap(paths.augmented(piece.recipe) / PIXELS, mode="r+")
    each = piece.settings.copies + 1
    rows = []
    for number, parent in enumerate(table.select(["source", "rank", "id", "label"]).to_pylist()):
        for copy in range(each):
            name = (piece.seed, parent["source"], parent["rank"], copy)
            change = draw_change(piece.settings, piece.size, *name) if copy else Change()
            out[(piece.start + number) * each + copy] = apply_change(originals[number], change)
            rows.append(parent | {"copy": copy} | change.row())
    out.flush()
    return rows


def _train(paths: Paths, recipe: str) -> pa.Table:
    return read_table(paths.split(recipe) / "train.parquet", f"split@{recipe}")


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("augment", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    train, size = _train(paths, name).num_rows, recipe.size
    folder = paths.augmented(name)
    folder.mkdir(parents=True, exist_ok=True)
    shape = (train * (recipe.augment.copies + 1), size, size, 3)
    np.lib.format.open_memmap(folder / PIXELS, "w+", np.uint8, shape).flush()
    pieces = [
        AugmentPiece(root, name, size, recipe.augment, params.seed, start, min(start + PIECE_ROWS, train))
        for start in range(0, train, PIECE_ROWS)
    ]
    index = [row for rows in map_pieces(augment_piece, pieces) for row in rows]
    write_table(folder / "index.parquet", index, INDEX_SCHEMA)
    stage.summarise(train, len(index), note=f"{recipe.augment.copies} copies of each picture")


if __name__ == "__main__":
    run_command(main)
