"""Simple traits of the pixels that a detector should beat: if one of them tells the label, the data set is easy."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from pipeline.runtime.array_types import Pixels

Features = NDArray[np.float32]

#: Of luminance, as JPEG weighs red, green and blue (ITU-R BT.601).
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)

#: A JPEG block's side.
BLOCK = 8


def mean_colour(pixels: Pixels) -> Features:
    """Average each channel: (n, 3)."""
    means: Features = pixels.mean(axis=(1, 2), dtype=np.float32)
    return means


def border(pixels: Pixels) -> Features:
    """Take the outermost pixels: (n, 12 * (size - 1))."""
    sides = [pixels[:, 0], pixels[:, -1], pixels[:, 1:-1, 0], pixels[:, 1:-1, -1]]
    return np.concatenate([side.reshape(len(pixels), -1) for side in sides], axis=1).astype(np.float32)


def high_pass_energy(pixels: Pixels) -> Features:
    """Measure what a 3x3 mean takes away, per channel: its mean size and its deviation, (n, 6)."""
    values = pixels.astype(np.float32)
    rest = values - uniform_filter(values, size=(0, 3, 3, 0), mode="nearest")
    return np.concatenate([np.abs(rest).mean(axis=(1, 2)), rest.std(axis=(1, 2))], axis=1)


def radial_spectrum(pixels: Pixels) -> Features:
    """Average the power of luminance over rings of equal frequency, in logarithms: (n, size / 2 + 1)."""
    luminance = pixels.astype(np.float32) @ LUMA
    power = np.abs(np.fft.fft2(luminance - luminance.mean(axis=(1, 2), keepdims=True))) ** 2
    frequencies = np.fft.fftfreq(pixels.shape[1]) * pixels.shape[1]
    radius = np.minimum(np.hypot(frequencies[:, None], frequencies[None]).round().astype(int), pixels.shape[1] // 2)
    rings = np.eye(radius.max() + 1, dtype=np.float32)[radius.ravel()]
    means: Features = np.log(power.reshape(len(pixels), -1) @ rings / rings.sum(axis=0) + 1.0).astype(np.float32)
    return means


def jpeg_grid(pixels: Pixels) -> Features:
    """Average the steps between neighbours by their place on a grid of 8 pixels, across and down: (n, 16)."""
    luminance = pixels.astype(np.float32) @ LUMA
    steps = []
    for axis in (1, 2):
        size = np.abs(np.diff(luminance, axis=axis)).mean(axis=3 - axis)
        # Without what the picture itself varies by, so that a step at a block's edge stands out.
        size = size / (size.mean(axis=1, keepdims=True) + 1e-3)
        steps += [size[:, place::BLOCK].mean(axis=1) for place in range(BLOCK)]
    return np.stack(steps, axis=1)


def thumbnail(pixels: Pixels) -> Features:
    """Shrink to 8x8 by averaging: (n, 192)."""
    edges = np.linspace(0, pixels.shape[1], BLOCK + 1).round().astype(int)
    rows = np.add.reduceat(pixels, edges[:-1], axis=1, dtype=np.float32)
    cells = np.add.reduceat(rows, edges[:-1], axis=2, dtype=np.float32)
    areas = np.outer(np.diff(edges), np.diff(edges))[..., None]
    means: Features = (cells / areas).reshape(len(pixels), -1).astype(np.float32)
    return means


#: Of two that tell as much, the first is named first: it is the simpler one, or the more telling.
PROBES: dict[str, Callable[[Any], Features]] = {
    probe.__name__: probe for probe in (mean_colour, border, high_pass_energy, jpeg_grid, radial_spectrum, thumbnail)
}
