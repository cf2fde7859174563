"""A picture that nobody has screened, as those who are asked about it need it: what a child is called for."""

from typing import Any

import numpy as np
from PIL import Image

from pipeline.evidence import read_evidence
from pipeline.judgement.file_facts import STORAGE, FileFacts
from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.runtime.array_types import Pixels
from pipeline.screening.measurements import measure_file


def read_file_facts(image: Image.Image, data: bytes) -> FileFacts:
    """Read the facts of an opened picture and its bytes; nothing is decoded."""
    measured: dict[str, Any] = measure_file(image, data)
    found = read_evidence(image, data)
    stored = {name: measured[name] for name in STORAGE}
    return FileFacts(**stored, evidence=found.kind, evidence_field=found.field, signature=found.signature)


def decode_unscreened(data: bytes, max_pixels: int) -> tuple[FileFacts, Pixels]:
    """Decode a picture: what its file tells, and RGB, uint8 (height, width, 3).

    Raises:
        PictureError: it cannot or must not be opened.
    """
    image = open_picture(data, max_pixels)
    facts = read_file_facts(image, data)
    return facts, np.asarray(to_rgb(image))
