"""Animations: no single frame of them is the picture."""

from PIL import Image

from pipeline.pictures.picture import count_frames
from pipeline.screens.screen_settings import Screen

#: What their further pictures are: depth maps, thumbnails, pages, other shots of a burst. The first one stays.
_ALBUMS = ("JPEG", "MPO", "TIFF", "HEIF")


def animated(image: Image.Image, settings: Screen) -> str | None:  # noqa: ARG001 - all screens are called alike
    """Drop pictures that move."""
    if image.format in _ALBUMS:
        return None
    frames = count_frames(image)
    return f"{frames} frames" if frames > 1 else None
