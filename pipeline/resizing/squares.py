"""Squares of many pictures at once."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from pipeline.pictures.batched_resize import group_alike, resize_alike, stack_some
from pipeline.resizing.resize_settings import Resize
from pipeline.resizing.square_pixels import to_pixels
from pipeline.runtime.array_types import Pixels


def to_squares(pictures: Sequence[Pixels], size: int, settings: Resize) -> Pixels:
    """Do as ``to_pixels`` with each of some RGB pictures, (height, width, 3): uint8, (n, size, size, 3)."""
    squares = np.empty((len(pictures), size, size, 3), dtype=np.uint8)
    if settings.mode != "squash" or settings.equalise:
        for number, picture in enumerate(pictures):
            squares[number] = to_pixels(Image.fromarray(picture), size, settings)
        return squares
    for numbers in group_alike(pictures).values():
        stack = stack_some(pictures, numbers)
        squares[numbers] = resize_alike(stack, (size, size), Image.Resampling[settings.filter.upper()])
    return squares
