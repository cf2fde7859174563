"""JPEG's own shrinking while it decodes: what it would save the stage resize, and what it would do to the pixels.

    python benchmarks/shrink_on_load.py [--quick]

The photographs in the wheels of scikit-image, scikit-learn and matplotlib as JPEGs of 3000x2000, quality 90: enlarged,
and repeated side by side, mirrored, until the sheet is full, which keeps their finest details. Each becomes a square
as in the stage resize, once from all of its pixels and once with Pillow's ``draft``, which leaves at least so many
times the square's side. ``--quick`` takes two photographs.

Last, what halving does: as with pictures above ``FULL_PIXELS``, which here is set so low that these are halved once.
"""

import argparse
import io
import json
import time
from importlib.resources import files
from statistics import median
from unittest.mock import patch

import numpy as np
from hash_quality import PHOTOGRAPHS
from PIL import Image

from pipeline.pictures import picture as pictures
from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.resizing.resize_settings import Resize
from pipeline.resizing.square_pixels import to_pixels
from pipeline.runtime.array_types import Pixels

SIZE = (3000, 2000)
HALVED_SQUARES = (36, 64, 256)
SQUARES = (36, 64)
TIMES = (2, 4, 8)


def make_files(count: int) -> list[bytes]:
    """Make JPEGs of so many photographs, two of each."""
    made = []
    for package, path in PHOTOGRAPHS[:count]:
        picture = Image.open(io.BytesIO((files(package) / path).read_bytes())).convert("RGB")
        pixels = np.asarray(picture)
        above, beside = (-(-goal // side) - 1 for goal, side in zip(SIZE[::-1], pixels.shape, strict=False))
        sheet = np.pad(pixels, ((0, above * picture.height), (0, beside * picture.width), (0, 0)), "symmetric")
        for large in (picture.resize(SIZE), Image.fromarray(sheet).crop((0, 0, *SIZE))):
            file = io.BytesIO()
            large.save(file, "JPEG", quality=90)
            made.append(file.getvalue())
    return made


def make_square(data: bytes, size: int, least: int | None) -> tuple[Pixels, float]:
    """Make a square of a file, decoded to ``least`` times its side or more if that is given; and the time it took."""
    start = time.perf_counter()
    image = Image.open(io.BytesIO(data))
    if least:
        image.draft("RGB", (least * size, least * size))
    pixels = to_pixels(to_rgb(image), size, Resize())
    return pixels, time.perf_counter() - start


def make_halved(data: bytes, size: int, kind: str) -> tuple[Pixels, Pixels]:
    """Make a square of all of a picture's pixels, and one of the picture halved, from a file of this kind."""
    file = io.BytesIO(data)
    if kind != "JPEG":
        file = io.BytesIO()
        Image.open(io.BytesIO(data)).save(file, kind, compress_level=1)
    squares = []
    for most in (SIZE[0] * SIZE[1], SIZE[0] * SIZE[1] // 4):
        with patch.object(pictures, "FULL_PIXELS", most):
            squares.append(to_pixels(to_rgb(open_picture(file.getvalue(), 10**8)), size, Resize()))
    return squares[0], squares[1]


def measure_halving(files_: list[bytes]) -> list[dict[str, object]]:
    """Measure how far squares of halved pictures are from those of whole ones, in grey levels."""
    rows: list[dict[str, object]] = []
    for kind in ("JPEG", "PNG"):
        for size in HALVED_SQUARES:
            pairs = [make_halved(data, size, kind) for data in files_]
            apart = np.stack([np.abs(a.astype(int) - b) for a, b in pairs])
            row = {"kind": kind, "size": size, "most": int(apart.max()), "mean": round(float(apart.mean()), 3)}
            print(f"{kind} halved, {size}x{size}: up to {row['most']} levels, {row['mean']} on average")
            rows.append(row)
    return rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="take two photographs")
    made = make_files(2 if parser.parse_args().quick else len(PHOTOGRAPHS))
    rows = []
    for size in SQUARES:
        whole = [make_square(data, size, None) for data in made]
        for least in TIMES:
            shrunk = [make_square(data, size, least) for data in made]
            apart = np.stack([np.abs(a.astype(int) - b) for (a, _), (b, _) in zip(whole, shrunk, strict=True)])
            row = {"size": size, "least": least, "most": int(apart.max()), "mean": round(float(apart.mean()), 3)}
            row["differ"] = round(float((apart > 0).mean()), 3)
            row["ms_whole"], row["ms_shrunk"] = (
                round(median(seconds for _, seconds in each) * 1e3, 1) for each in (whole, shrunk)
            )
            print(
                f"{size}x{size} from {least} times or more: up to {row['most']} levels, {row['mean']} on average, "
                f"{row['differ']:.0%} of values differ; {row['ms_whole']} ms whole, {row['ms_shrunk']} ms shrunk"
            )
            rows.append(row)
    print(json.dumps({"pictures": len(made), "rows": rows, "halved": measure_halving(made)}))


if __name__ == "__main__":
    main()
