"""The pixels of many decoded pictures at once: those of one size lie on one sheet, and share its calls."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from pipeline.pictures.batched_resize import MAX_PIXELS
from pipeline.runtime.array_types import Pixels

#: In RGB, uint8 (height, width, 3), and in grey, uint8 (height, width).
Both = tuple[Pixels, Pixels]


def lay_out(pictures: Sequence[Image.Image]) -> list[Both]:
    """Return the pixels of RGB pictures, in their order, each in colour and in grey."""
    of_size: dict[tuple[int, int], list[int]] = {}
    for number, picture in enumerate(pictures):
        of_size.setdefault(picture.size, []).append(number)
    found: dict[int, Both] = {}
    for (width, height), numbers in of_size.items():
        together = len(numbers) if width * height <= MAX_PIXELS else 1
        for start in range(0, len(numbers), together):
            some = numbers[start : start + together]
            found.update(zip(some, _lay_out_alike([pictures[number] for number in some]), strict=True))
    return [found[number] for number in range(len(pictures))]


def _lay_out_alike(pictures: Sequence[Image.Image]) -> list[Both]:
    """Do so with pictures of one size."""
    width, height = pictures[0].size
    sheet = pictures[0]
    if len(pictures) > 1:
        sheet = Image.new("RGB", (width, height * len(pictures)))
        for number, picture in enumerate(pictures):
            sheet.paste(picture, (0, height * number))
    pixels = np.asarray(sheet).reshape(-1, height, width, 3)
    grey = np.asarray(sheet.convert("L")).reshape(-1, height, width)
    return list(zip(pixels, grey, strict=True))
