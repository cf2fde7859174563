"""Pictures of nothing: their hashes are noise, so they would join strangers."""

import numpy as np
from PIL import Image

from pipeline.parts.params import Screen


def blank(picture: Image.Image, settings: Screen) -> str | None:
    """Drop pictures whose grey levels hardly vary."""
    deviation = float(np.asarray(picture.convert("L")).std())
    return f"standard deviation {deviation:.2f}" if deviation < settings.min_deviation else None
