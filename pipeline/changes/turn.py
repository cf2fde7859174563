"""Rotation and zoom, in one step: interpolating once wipes out less than interpolating twice."""

from math import ceil, cos, radians, sin, sqrt

import numpy as np
from PIL import Image
from pipeline.runtime.array_types import Pixels

from pipeline.changes.change import Change

#: Pixels that bicubic interpolation looks at beyond the place it computes.
SUPPORT = 2


def turn(pixels: Pixels, change: Change) -> Pixels:
    """Turn a picture about its centre and enlarge it; the border is mirrored into what would be empty."""
    if change.rotation == 0 and change.zoom == 1:
        return pixels
    side = pixels.shape[0]
    reach = max(0, ceil(side * (sqrt(0.5) / change.zoom - 0.5))) + SUPPORT
    padded = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    along, across = cos(radians(change.rotation)) / change.zoom, sin(radians(change.rotation)) / change.zoom
    centre, middle = side / 2, side / 2 + reach
    left = middle - along * centre + across * centre
    top = middle - across * centre - along * centre
    turned = Image.fromarray(padded).transform(
        (side, side), Image.Transform.AFFINE, (along, -across, left, across, along, top), Image.Resampling.BICUBIC
    )
    return np.asarray(turned)
