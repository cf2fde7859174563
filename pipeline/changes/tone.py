"""Brightness and contrast, rounded once."""

import numpy as np
from pipeline.runtime.array_types import Pixels

from pipeline.changes.change import Change


def tone(pixels: Pixels, change: Change) -> Pixels:
    """Scale all values by the brightness, and their distance from the mean by the contrast."""
    if change.brightness == 1 and change.contrast == 1:
        return pixels
    bright = pixels.astype(np.float32) * change.brightness
    mean = bright.mean()
    toned: Pixels = np.clip(np.rint((bright - mean) * change.contrast + mean), 0, 255).astype(np.uint8)
    return toned
