"""Views of pictures: small grey squares of what they show, and 64-bit hashes of these and of parts of them.

A repost is cropped, framed, or shown on a phone's screen. So a picture's first square shows it without an even border;
a second one, where it differs, the largest panel without an application's bars and words. A crop's whole square is
like a part of its original's first one; the parts that are hashed are what crops usually leave.

A hash is the signs of 63 low frequencies of the cosine transform (Zauner: Implementation and Benchmarking of
Perceptual Image Hash Functions, 2010, compares with their median instead). The transform is linear: those of a part
come from the square by a product of matrices. Of a mirrored picture the odd frequencies change their sign and no
other, so that its hash is known from the picture's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from pipeline.hashing.framing import find_panel, trim_border
from pipeline.runtime.array_types import Hashes, Pixels
from pipeline.storage.columns import ID, RANK, Column, TableDefinition

#: Left, top, right and bottom, as parts of the sides.
Box = tuple[float, float, float, float]
Floats = NDArray[np.float32]

#: Pixels a side of a square. Pictures that are not larger than the small one are kept at its size.
SIDE, SMALL = 64, 32
#: Frequencies along each side.
LOW = 8

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
#: A picture without what bars with names are laid over.
ABOVE: Box = (0.0, 0.0, 1.0, 0.88)
#: What a crop leaves, besides a square: all but 5% at each side, or but a strip of 12% at one.
PARTS: tuple[Box, ...] = (
    (0.05, 0.05, 0.95, 0.95), (0.12, 0.0, 1.0, 1.0), (0.0, 0.12, 1.0, 1.0), (0.0, 0.0, 0.88, 1.0), ABOVE
)  # fmt: skip
#: A picture is nearly square where its sides differ by less.
SQUARE = 0.04

#: Borders are looked for at this size. A panel counts that is so large a part of the picture, and differs from the
#: first square by so much of a side.
FRAMED, PANEL, DIFFERENT = 256, 0.12, 0.03

VIEWS = TableDefinition(
    "datasets/screened/SOURCE/views.parquet",
    "a picture that passed the screens",
    (
        RANK.must(),
        ID.must(),
        Column("frame", pa.list_(pa.float32(), 4), "what is left of it once borders are trimmed", required=True),
        Column("aspect", pa.float32(), "width by height of that, before it became a square", required=True),
        Column("wholes", pa.list_(pa.uint64()), "one hash for each of `squares`", required=True),
        Column("parts", pa.list_(pa.uint64()), "hashes of parts of the first square", required=True),
        Column("squares", pa.list_(pa.binary()), "grey squares, row by row", required=True),
    ),
)

VIEWS_SCHEMA = VIEWS.schema


def _pack(bits: NDArray[np.bool_]) -> Hashes:
    bits = bits.reshape(len(bits), LOW * LOW)
    bits[:, 0] = False  # The mean tells nothing: it is never below 0.
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)


#: The bits that differ between a picture's hash and that of the mirrored one.
MIRROR = _pack(np.tile(np.arange(LOW) % 2 == 1, (1, LOW, 1)))[0]


@dataclass(frozen=True, slots=True)
class Framed:
    """What one picture shows: one or two squares, uint8 (side, side), where the first one is, and its aspect."""

    squares: list[Pixels]
    frame: Box
    aspect: float


def list_parts(aspect: float) -> list[Box]:
    """List the parts of a square that are hashed, for a picture of this width by height."""
    beside = (1 - min(aspect, 1 / aspect)) / 2
    if beside < SQUARE / 2:
        return list(PARTS)
    return [*PARTS, (beside, 0.0, 1 - beside, 1.0) if aspect > 1 else (0.0, beside, 1.0, 1 - beside)]


def transform(squares: Pixels, box: Box = WHOLE) -> NDArray[np.float64]:
    """Return the low frequencies of a part of squares, uint8 (n, side, side): (n, 8, 8), rows by columns.

    All numbers are whole and below what the types hold exactly, so that every machine finds the same.
    """
    side = squares.shape[1]
    along = squares.astype(np.float32) @ _cosines(side, box[0], box[2]).T
    found: NDArray[np.float64] = _cosines(side, box[1], box[3]).astype(np.float64) @ along.astype(np.float64)
    return found


@cache
def _cosines(side: int, low: float, high: float) -> Floats:
    """Integrate cosines over the pixels of a side, as far as these lie between two places of it: (8, side).

    Scaled to whole numbers up to 1,000: 64 times 255 times that is below 2^24.
    """
    edges = np.clip((np.arange(side + 1) / side - low) / (high - low), 0, 1)
    k = np.arange(1, LOW)[:, None]
    integrals = np.diff(np.concatenate([edges[None], np.sin(np.pi * k * edges) / (np.pi * k)]), axis=1)
    cosines: Floats = np.rint(integrals * (1000 / integrals.max())).astype(np.float32)
    return cosines


def hash_squares(squares: Pixels, box: Box = WHOLE) -> Hashes:
    """Hash a part of squares, uint8 (n, side, side): (n,)."""
    return _pack(transform(squares, box) > 0)


def frame(grey: Pixels) -> Framed:
    """Look for what a grey picture shows, uint8 (height, width)."""
    height, width = grey.shape
    if max(height, width) <= SMALL:
        return Framed([_to_square(grey, WHOLE, SMALL)], WHOLE, width / height)
    by = max(1.0, max(height, width) / FRAMED)
    size = (max(1, round(width / by)), max(1, round(height / by)))
    small = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX))
    main, panel = (_relative(find(small), size) for find in (trim_border, find_panel))
    boxes = [main]
    apart = max(abs(a - b) for a, b in zip(main, panel, strict=True))
    if apart > DIFFERENT and (panel[2] - panel[0]) * (panel[3] - panel[1]) >= PANEL:
        boxes.append(panel)
    aspect = (main[2] - main[0]) * width / ((main[3] - main[1]) * height)
    return Framed([_to_square(grey, box, SIDE) for box in boxes], main, aspect)


def _relative(found: tuple[int, int, int, int], size: tuple[int, int]) -> Box:
    left, top, right, bottom = found
    return left / size[0], top / size[1], right / size[0], bottom / size[1]


def _to_square(grey: Pixels, box: Box, side: int) -> Pixels:
    height, width = grey.shape
    if box == WHOLE and grey.shape == (side, side):
        return grey
    part = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
    # Shrunk by whole numbers first where there is much to shrink: a tenth of the time, and hardly another result.
    return np.asarray(Image.fromarray(grey).resize((side, side), Image.Resampling.LANCZOS, part, reducing_gap=4.0))


def view_columns(pictures: Sequence[Pixels]) -> dict[str, list[Any]]:
    """Make the views of some grey pictures, uint8 (height, width): the columns of VIEWS_SCHEMA but for the key."""
    framed = [frame(picture) for picture in pictures]
    wholes: list[list[int]] = [[0] * len(seen.squares) for seen in framed]
    parts: list[list[int]] = [[0] * len(list_parts(seen.aspect)) for seen in framed]
    for places, squares in _stack(
        [(n, k, square) for n, f in enumerate(framed) for k, square in enumerate(f.squares)]
    ):
        for (n, k), value in zip(places, hash_squares(squares).tolist(), strict=True):
            wholes[n][k] = value
    for places, squares in _stack([(n, 0, seen.squares[0]) for n, seen in enumerate(framed)]):
        for k, box in enumerate(PARTS):
            for (n, _), value in zip(places, hash_squares(squares, box).tolist(), strict=True):
                parts[n][k] = value
    for n, seen in enumerate(framed):
        for k, box in list(enumerate(list_parts(seen.aspect)))[len(PARTS) :]:
            parts[n][k] = int(hash_squares(seen.squares[0][None], box)[0])
    return {
        "frame": [list(seen.frame) for seen in framed],
        "aspect": [seen.aspect for seen in framed],
        "wholes": wholes,
        "parts": parts,
        "squares": [[square.tobytes() for square in seen.squares] for seen in framed],
    }


def _stack(squares: Sequence[tuple[int, int, Pixels]]) -> list[tuple[list[tuple[int, int]], Pixels]]:
    """Lay squares of one size together, each with its two numbers."""
    sides = sorted({square.shape[0] for _, _, square in squares})
    some = [[found for found in squares if found[2].shape[0] == side] for side in sides]
    return [([(n, k) for n, k, _ in each], np.stack([square for _, _, square in each])) for each in some]
