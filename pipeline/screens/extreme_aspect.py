"""Banners and strips, which a square would squash beyond recognition."""

from PIL import Image
from pipeline.screens.screen_settings import Screen


def extreme_aspect(image: Image.Image, settings: Screen) -> str | None:
    """Drop pictures whose long side is more than ``max_aspect`` times the short one."""
    too_long = max(image.size) > settings.max_aspect * min(image.size)
    return f"{image.width}x{image.height}" if too_long else None
