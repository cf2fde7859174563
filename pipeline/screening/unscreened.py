"""Pictures that nobody has screened, as those who are asked about them need them: what children are called for."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from pipeline.evidence import find_evidence
from pipeline.evidence.origin_evidence import Kind
from pipeline.pictures.picture import PictureError, notes_on, open_picture, to_pixels, to_rgb
from pipeline.pictures.resize_settings import Resize
from pipeline.runtime.array_types import Pixels


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file says by its header, its evidence of origin, and its pixels: RGB, uint8 (height, width, 3)."""

    format: str
    width: int
    height: int
    evidence: Kind
    evidence_field: str | None
    pixels: Pixels


def read_evidence(image: Image.Image, data: bytes) -> tuple[Kind, str | None]:
    """Do as ``find_evidence``; what makes a reader fail says nothing, and is no fault of the pixels."""
    try:
        return find_evidence(image, data)
    except PictureError:
        raise
    except Exception:
        notes_on(image).append("evidence-ignored")
        return "none", None


def decode_unscreened(data: bytes, max_pixels: int) -> Decoded:
    """Decode a picture.

    Raises:
        PictureError: it cannot or must not be opened.
    """
    image = open_picture(data, max_pixels)
    width, height, kind = image.width, image.height, image.format or "unknown"
    evidence, field = read_evidence(image, data)
    return Decoded(kind, width, height, evidence, field, np.asarray(to_rgb(image)))


def read_square(data: bytes, max_pixels: int, size: int, settings: Resize) -> Pixels:
    """Read a picture as a detector sees it: uint8, (size, size, 3).

    Raises:
        PictureError: it cannot or must not be opened.
    """
    return to_pixels(to_rgb(open_picture(data, max_pixels)), size, settings)
