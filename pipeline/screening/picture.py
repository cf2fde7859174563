"""One picture: decode it once, measure it, and put it to the checks."""

from typing import Any

import numpy as np

from pipeline.evidence import AGAINST, find_evidence
from pipeline.parts.labels import Label
from pipeline.parts.measurements import digest_pixels, measure_file
from pipeline.parts.params import Screen
from pipeline.parts.pictures import PictureError, Pixels, explain, normalise, open_picture
from pipeline.screens import AFTER_DECODING, BEFORE_DECODING, reason_of

Row = dict[str, Any]


def screen_picture(data: bytes, settings: Screen) -> tuple[Row, Pixels]:
    """Decode and measure one picture; give the measurements, and the pixels in RGB, (height, width, 3).

    Raises:
        PictureError: it fails a screen, or cannot be decoded; its reason is the one that goes on file.
    """
    image = open_picture(data, settings.max_pixels)
    try:
        measured = measure_file(image, data)
        for check in BEFORE_DECODING:
            if detail := check(image, settings):
                raise PictureError(reason_of(check), detail)
        measured["evidence"], measured["evidence_field"] = find_evidence(image, data)
    except PictureError:
        raise
    except Exception as error:
        # Pillow reads some headers only when asked for their values, and broken ones fail there.
        raise explain(error) from error
    picture, measured["normalised"] = normalise(image)
    for check in AFTER_DECODING:
        if detail := check(picture, settings):
            raise PictureError(reason_of(check), detail)
    pixels = np.asarray(picture)
    measured["pixels_id"] = digest_pixels(pixels)
    return measured, pixels


def speaks_against(evidence: str, label: int) -> bool:
    """Tell whether the metadata of a picture speaks against its label."""
    return evidence == AGAINST[Label(label)]
