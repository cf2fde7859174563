"""The views of all pictures, as ``screen`` wrote them: hashes at once, squares only of those that are asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.deduplicating.candidates import Hashed
from pipeline.hashing.views import ABOVE, PARTS, SIDE
from pipeline.runtime.array_types import Hashes, Indexes, Pixels
from pipeline.runtime.paths import Paths
from pipeline.storage.tables import read_table

#: Squares of one picture, and parts of its first one.
WHOLES, MOST_PARTS = 2, len(PARTS) + 1
#: Columns of hashes that are looked for among all: of the squares, and of the part above what a bar may cover.
ASKED = (0, 1, WHOLES + PARTS.index(ABOVE))

#: Gives the first two squares of some pictures, by their numbers in order, grey and of one size: uint8 (n, 2, 64, 64).
ReadSquares = Callable[[Indexes], Pixels]


@dataclass(frozen=True, slots=True)
class Viewed:
    """The views of pictures, numbered 0..n-1.

    ``hashes`` are those of the squares, then of the first one's parts, where there is one: both (n, 8). ``frame`` is
    where the first square is in the picture, (n, 4), and ``aspect`` its own, (n,).
    """

    hashes: Hashes
    there: NDArray[np.bool_]
    frame: NDArray[np.float32]
    aspect: NDArray[np.float32]
    read: ReadSquares

    def give(self, pictures: Indexes, columns: Sequence[int]) -> Hashed:
        """Return the hashes in some columns of some pictures."""
        row, column = np.nonzero(self.there[pictures][:, columns])
        return Hashed(self.hashes[pictures][:, columns][row, column], pictures[row].astype(np.int32))


def read_viewed(paths: Paths, sources: Sequence[str]) -> Viewed:
    """Read the views of all pictures, in the order of the sources and of their manifests.

    Raises:
        StageMissingError: ``screen`` has not run.
    """
    columns = ["frame", "aspect", "wholes", "parts"]
    tables = [read_table(paths.views(source), f"screen@{source}", columns) for source in sources]
    table = pa.concat_tables(tables).combine_chunks()
    sizes = [each.num_rows for each in tables]
    filled = [_fill(table[name], width) for name, width in (("wholes", WHOLES), ("parts", MOST_PARTS))]
    hashes, there = (np.hstack([each[k] for each in filled]) for k in (0, 1))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    files = [paths.views(source) for source in sources]

    def read(pictures: Indexes) -> Pixels:
        found = np.zeros((len(pictures), WHOLES, SIDE, SIDE), dtype=np.uint8)
        for file, start, end in zip(files, starts, starts[1:], strict=False):
            first, last = np.searchsorted(pictures, [start, end])
            if first < last:
                _read_squares(file, pictures[first:last] - start, found[first:last])
        return found

    frame = table["frame"].combine_chunks().flatten().to_numpy().reshape(-1, 4)
    return Viewed(hashes.astype(np.uint64), there.astype(bool), frame, table["aspect"].to_numpy(), read)


def _fill(lists: pa.ChunkedArray, width: int) -> tuple[Hashes, NDArray[np.bool_]]:
    """Lay lists of hashes into rows of one width; and mark what is there."""
    chunks = lists.combine_chunks()
    lengths = np.diff(chunks.offsets.to_numpy())
    there = np.arange(width) < lengths[:, None]
    hashes = np.zeros((len(lengths), width), dtype=np.uint64)
    hashes[there] = chunks.flatten().to_numpy()
    return hashes, there


def _read_squares(file: object, rows: Indexes, into: Pixels) -> None:
    start = 0
    with pq.ParquetFile(file) as opened:
        for batch in opened.iter_batches(columns=["squares"]):
            first, last = np.searchsorted(rows, [start, start + len(batch)])
            if first < last:
                some = batch["squares"].take(pa.array(rows[first:last] - start))
                for place, squares in enumerate(some, first):
                    for number, square in enumerate(squares.as_py()):
                        into[place, number] = to_side(square)
            start += len(batch)


def to_side(square: bytes) -> Pixels:
    """Bring a kept square, grey levels row by row, to (64, 64): a small one's pixels are doubled."""
    side = int(np.sqrt(len(square)))
    pixels = np.frombuffer(square, dtype=np.uint8).reshape(side, side)
    return pixels.repeat(SIDE // side, axis=0).repeat(SIDE // side, axis=1)
