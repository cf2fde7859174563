"""A picture that nobody has screened, as those who are asked about it need it: what a child is called for."""

import numpy as np

from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.runtime.array_types import Pixels
from pipeline.screening.file_facts import FileFacts


def decode_unscreened(data: bytes, max_pixels: int) -> tuple[FileFacts, Pixels]:
    """Decode a picture: what its file tells, and RGB, uint8 (height, width, 3).

    Raises:
        PictureError: it cannot or must not be opened.
    """
    image = open_picture(data, max_pixels)
    facts = FileFacts.read(image, data)
    return facts, np.asarray(to_rgb(image))
