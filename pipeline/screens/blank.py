"""Pictures of nothing: their hashes are noise, so they would join strangers."""

from pipeline.runtime.array_types import Pixels
from pipeline.screens.screen_settings import Screen


def blank(grey: Pixels, settings: Screen) -> str | None:
    """Drop pictures whose grey levels, uint8 (height, width), hardly vary."""
    # These two alone give so much variance, which in a small picture is enough and spares it the count of the others.
    if (int(grey.max()) - int(grey.min())) ** 2 / 2 / grey.size > settings.min_deviation**2:
        return None
    deviation = float(grey.std())
    return f"standard deviation {deviation:.2f}" if deviation < settings.min_deviation else None
