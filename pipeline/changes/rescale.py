"""What thumbnails go through: made smaller, and enlarged again."""

import numpy as np
from PIL import Image
from pipeline.runtime.array_types import Pixels

from pipeline.changes.change import Change


def rescale(pixels: Pixels, change: Change) -> Pixels:
    """Shrink a picture to ``scale`` of its side and enlarge it back."""
    if change.scale == 1:
        return pixels
    side = pixels.shape[0]
    small = max(1, round(side * change.scale))
    shrunk = Image.fromarray(pixels).resize((small, small), Image.Resampling.BICUBIC)
    return np.asarray(shrunk.resize((side, side), Image.Resampling.BICUBIC))
