"""Whether a prediction holds when the picture is merely stored again: compressed, made smaller, passed on."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from pipeline.asking.seen_picture import MILDEST, shorten
from pipeline.evaluation.damages import DAMAGES
from pipeline.resizing.resize_settings import Resize
from pipeline.resizing.square_pixels import to_pixels
from pipeline.runtime.array_types import Pixels

#: What a picture meets on its way to somebody's desk, of all that ``evaluate`` tries.
TRIED = (MILDEST, "jpeg-75", "jpeg-50", "rescale-75%", "rescale-50%", "screenshot", "sent-twice")


@dataclass(frozen=True, slots=True)
class StabilityResult:
    """What became of the score under one kind of damage, and whether the picture is still called the same."""

    damage: str
    score: float
    same: bool


def stored_again(picture: Image.Image, size: int, resize: Resize) -> Pixels:
    """Damage an RGB picture in each way that is tried: uint8 (ways, size, size, 3)."""
    picture = shorten(picture)
    return np.stack([to_pixels(DAMAGES[name](picture, 0), size, resize) for name in TRIED])
