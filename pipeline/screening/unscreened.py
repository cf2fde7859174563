"""Pictures that nobody has screened, as those who are asked about them need them: what children are called for."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from pipeline.evidence import Provenance, find_evidence
from pipeline.pictures.picture import PictureError, notes_on, open_picture, to_pixels, to_rgb
from pipeline.pictures.resize_settings import Resize
from pipeline.runtime.array_types import Pixels


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file says by its header and of its origin, and its pixels: RGB, uint8 (height, width, 3)."""

    format: str
    width: int
    height: int
    provenance: Provenance
    pixels: Pixels


def read_evidence(image: Image.Image, data: bytes) -> Provenance:
    """Do as ``find_evidence``; what makes a reader fail says nothing, and is no fault of the pixels."""
    try:
        return find_evidence(image, data)
    except PictureError:
        raise
    except Exception:
        notes_on(image).append("evidence-ignored")
        return Provenance()


def decode_unscreened(data: bytes, max_pixels: int) -> Decoded:
    """Decode a picture.

    Raises:
        PictureError: it cannot or must not be opened.
    """
    image = open_picture(data, max_pixels)
    width, height, kind = image.width, image.height, image.format or "unknown"
    return Decoded(kind, width, height, read_evidence(image, data), np.asarray(to_rgb(image)))


def read_square(data: bytes, max_pixels: int, size: int, settings: Resize) -> Pixels:
    """Read a picture as a detector sees it: uint8, (size, size, 3).

    Raises:
        PictureError: it cannot or must not be opened.
    """
    return to_pixels(to_rgb(open_picture(data, max_pixels)), size, settings)
