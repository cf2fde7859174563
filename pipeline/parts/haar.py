"""The Haar wavelet of many pictures at once, bit for bit as ``pywt.wavedec2`` and ``waverec2`` do it for each.

It joins neighbours only, two by two, so that rows laid end to end can be transformed in one call: PyWavelets' calls
cost more than its work. The sums are its own; in floating point, others would tell apart what is equal here.
"""

import numpy as np
import pywt
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Made once: PyWavelets would look up its name in each call.
HAAR = pywt.Wavelet("haar")


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
