"""Too few pixels to tell anything by."""

from PIL import Image
from pipeline.screens.screen_settings import Screen


def too_small(image: Image.Image, settings: Screen) -> str | None:
    """Drop pictures with a side below ``min_side``."""
    return f"{image.width}x{image.height}" if min(image.size) < settings.min_side else None
