"""Shifts by whole pixels."""

import numpy as np
from pipeline.runtime.array_types import Pixels

from pipeline.changes.change import Change


def shift(pixels: Pixels, change: Change) -> Pixels:
    """Move a picture; the border is mirrored into the gap. Nothing is interpolated."""
    if not (change.shift_x or change.shift_y):
        return pixels
    reach = max(abs(change.shift_x), abs(change.shift_y))
    padded = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    top, left = reach - change.shift_y, reach - change.shift_x
    return padded[top : top + pixels.shape[0], left : left + pixels.shape[1]]
