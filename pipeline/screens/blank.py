"""Pictures of nothing: their hashes are noise, so they would join strangers."""

from typing import cast

import numpy as np
from PIL import Image

from pipeline.parts.params import Screen


def blank(picture: Image.Image, settings: Screen) -> str | None:
    """Drop pictures whose grey levels hardly vary."""
    grey = picture.convert("L")
    darkest, brightest = cast("tuple[int, int]", grey.getextrema())
    # These two alone give so much variance, which in a small picture is enough and spares it the count of the others.
    if (brightest - darkest) ** 2 / 2 / (grey.width * grey.height) > settings.min_deviation**2:
        return None
    deviation = float(np.asarray(grey).std())
    return f"standard deviation {deviation:.2f}" if deviation < settings.min_deviation else None
