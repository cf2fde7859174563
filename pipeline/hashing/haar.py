"""Which blocks of a picture are lighter than their median, by the Haar wavelet as imagehash takes it.

Without rounding, what imagehash compares (the wavelet's low frequencies, the lowest taken out) are the sums of the
blocks, less one number. So whole sums decide. Only where blocks are as light as the median, imagehash's answer
hangs on how PyWavelets rounds: those pictures are transformed bit for bit as ``pywt.wavedec2`` and ``waverec2`` do it.

The wavelet joins neighbours only, two by two, so that rows laid end to end can be transformed in one call: PyWavelets'
calls cost more than its work.
"""

import numpy as np
import pywt
from numpy.typing import NDArray

from pipeline.runtime.array_types import Pixels

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]

#: Made once: PyWavelets would look up its name in each call.
HAAR = pywt.Wavelet("haar")


def find_light_blocks(pictures: Pixels, side: int) -> Bits:
    """Compare the blocks of grey pictures, uint8 (n, 2^k, 2^k), with their median: (n, side, side)."""
    number, size = pictures.shape[:2]
    block = size // side
    rows = pictures.reshape(number, side, block, size).sum(axis=2, dtype=np.int64)
    sums = rows.reshape(number, side, side, block).sum(axis=3)
    ordered = np.sort(sums.reshape(number, -1), axis=1)
    below, above = ordered[:, side * side // 2 - 1], ordered[:, side * side // 2]
    light: Bits = 2 * sums > (below + above)[:, None, None]
    even = below == above
    if even.any():
        light[even] = above_median(remove_mean(pictures[even] / 255.0, side))
    return light


def above_median(values: Floats) -> Bits:
    """Compare the values of each picture, (n, side, side), with their median."""
    above: Bits = values > np.median(values.reshape(len(values), -1), axis=1)[:, None, None]
    return above


def remove_mean(pixels: Floats, side: int) -> Floats:
    """Take its mean from each picture, (n, 2^k, 2^k), and shrink it by halves to (n, side, side)."""
    low, details = pixels, []
    while low.shape[1] > 1:
        low, *rest = _split(low)
        details.append(rest)
    low = low * 0
    for rest in reversed(details):
        low = _join(low, *rest)
    while low.shape[1] > side:
        low = _halve_rows(_turn(_halve_rows(_turn(low))))
    return low


def _split(pixels: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    low, high = _split_rows(_turn(pixels))
    return *_split_rows(_turn(low)), *_split_rows(_turn(high))


def _join(low: Floats, *details: Floats) -> Floats:
    return _turn(_join_rows(_turn(_join_rows(low, details[0])), _turn(_join_rows(details[1], details[2]))))


def _turn(pixels: Floats) -> Floats:
    return pixels.swapaxes(1, 2)


def _split_rows(pixels: Floats) -> tuple[Floats, Floats]:
    low, high = pywt.dwt(pixels.ravel(), HAAR)
    return low.reshape(*pixels.shape[:2], -1), high.reshape(*pixels.shape[:2], -1)


def _join_rows(low: Floats, high: Floats) -> Floats:
    joined: Floats = pywt.idwt(low.ravel(), high.ravel(), HAAR)
    return joined.reshape(*low.shape[:2], -1)


def _halve_rows(pixels: Floats) -> Floats:
    low: Floats = pywt.downcoef("a", pixels.ravel(), HAAR)
    return low.reshape(*pixels.shape[:2], -1)
