"""What nearly every picture on the web has gone through, most of them more than once."""

import io

import numpy as np
from PIL import Image
from pipeline.runtime.array_types import Pixels

from pipeline.changes.change import Change


def jpeg(pixels: Pixels, change: Change) -> Pixels:
    """Compress a picture as JPEG and read it again."""
    if change.jpeg_quality == 0:
        return pixels
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=change.jpeg_quality)
    return np.asarray(Image.open(file))
