"""Out of focus."""

import numpy as np
from PIL import Image, ImageFilter
from pipeline.runtime.array_types import Pixels

from pipeline.changes.change import Change


def blur(pixels: Pixels, change: Change) -> Pixels:
    """Blur a picture with Pillow's Gaussian of a radius in pixels."""
    if change.blur == 0:
        return pixels
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(change.blur)))
