"""Animations: no single frame of them is the picture."""

from PIL import Image
from pipeline.screens.screen_settings import Screen


def animated(image: Image.Image, settings: Screen) -> str | None:  # noqa: ARG001 - all screens are called alike
    """Drop pictures that move. Phones put depth maps behind a photograph as MPO frames: those stay."""
    frames = getattr(image, "n_frames", 1)
    return f"{frames} frames" if frames > 1 and image.format not in ("MPO", "JPEG", "TIFF") else None
