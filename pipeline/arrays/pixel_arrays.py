"""Pixels as memory-mapped arrays: what ``resize`` and ``augment`` write, and what a split's manifest points into."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pipeline.runtime.array_types import Pixels

from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths

PIXELS = "pixels.npy"


def open_pixels(folder: Path, stage: str) -> Pixels:
    """Map the pixels in a folder: uint8, (pictures, size, size, 3), read-only.

    Raises:
        StageMissingError: there are none, or they are damaged.
    """
    try:
        pixels: Pixels = np.load(folder / PIXELS, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise StageMissingError(folder / PIXELS, stage) from error
    return pixels


def gather(paths: Paths, size: int, manifest: pa.Table) -> Pixels:
    """Read the pixels of a split's rows, in their order: uint8, (rows, size, size, 3)."""
    sources = np.asarray(manifest["source"].to_pylist())
    rows = manifest["row"].to_numpy()
    pixels = np.empty((manifest.num_rows, size, size, 3), dtype=np.uint8)
    for source in np.unique(sources):
        here = np.flatnonzero(sources == source)
        pixels[here] = open_pixels(paths.resized(str(source)) / str(size), f"resize@{source}")[rows[here]]
    return pixels


def labels_of(manifest: pa.Table) -> NDArray[np.int8]:
    """Read the labels of a manifest's rows: int8, 0 REAL, 1 FAKE."""
    labels: NDArray[np.int8] = manifest["label"].to_numpy().astype(np.int8)
    return labels
