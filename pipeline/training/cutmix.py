"""CutMix: part of one picture in the place of another's, and labels mixed as their pixels are.

Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", 2019.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.runtime.array_types import Pixels

Labels = NDArray[np.float32]


def mix_batch(pixels: Pixels, labels: Labels, random: np.random.Generator) -> tuple[Pixels, Labels]:
    """Paste a rectangle of each picture, uint8 (n, size, size, 3), over the same place of another; labels are (n, 1).

    The rectangle has the picture's shape and any area, evenly drawn, and is cut off at the border.
    """
    count, size = len(pixels), pixels.shape[1]
    half = size * np.sqrt(random.random()) / 2
    centre = random.integers(size, size=2)
    (top, left), (bottom, right) = (np.clip(np.rint(centre + way * half), 0, size).astype(int) for way in (-1, 1))
    others = random.permutation(count)
    mixed = pixels.copy()
    mixed[:, top:bottom, left:right] = pixels[others, top:bottom, left:right]
    part = np.float32((bottom - top) * (right - left) / size**2)
    return mixed, (1 - part) * labels + part * labels[others]
