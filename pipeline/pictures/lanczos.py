"""Pillow's Lanczos filter as a matrix of whole numbers: many pictures are shrunk by one product, to the same bits.

Pillow (libImaging/Resample.c, 8 bits a channel) rounds the weights to 22 bits behind the point, adds, rounds, and cuts
off below 0 and above 255. All its sums are whole numbers below 2**53, which floats hold exactly.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.runtime.array_types import Pixels

ONE = 2.0**22
SUPPORT = 3.0


def multiply_rows(stack: Pixels, width: int) -> Pixels:
    """Resize the rows of grey pictures, uint8 (n, height, old width), to another width."""
    number, height, old = stack.shape
    sums = stack.reshape(number * height, old).astype(np.float64) @ find_weights(old, width)
    sums += 0.5
    return sums.clip(0, 255).astype(np.uint8).reshape(number, height, width)


@lru_cache(maxsize=256)
def find_weights(old: int, new: int) -> NDArray[np.float64]:
    """Find what each pixel of a row of ``old`` adds to each of a row of ``new``: (old, new)."""
    scale = old / new
    stretch = max(scale, 1.0)
    weights = np.zeros((old, new))
    for place in range(new):
        centre = (place + 0.5) * scale
        first = max(int(centre - SUPPORT * stretch + 0.5), 0)
        last = min(int(centre + SUPPORT * stretch + 0.5), old)
        values = [_lanczos((pixel - centre + 0.5) * (1.0 / stretch)) for pixel in range(first, last)]
        total = sum(values)
        weights[first:last, place] = [int(value / total * ONE + math.copysign(0.5, value)) / ONE for value in values]
    return weights


def _lanczos(x: float) -> float:
    return _sinc(x) * _sinc(x / SUPPORT) if -SUPPORT <= x < SUPPORT else 0.0


def _sinc(x: float) -> float:
    return math.sin(x * math.pi) / (x * math.pi) if x else 1.0
