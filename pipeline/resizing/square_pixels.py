"""From an RGB picture to the square of pixels that a detector sees, and lossy compression on the way."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageOps

from pipeline.resizing.resize_settings import Resize
from pipeline.runtime.array_types import Pixels

#: JPEG can be no longer than this.
MAX_JPEG_SIDE = 65_500

#: The longest sides that formats can hold.
MAX_SIDES = {"JPEG": MAX_JPEG_SIDE, "WEBP": 16_383, "AVIF": 65_535}


def to_pixels(image: Image.Image, size: int, settings: Resize) -> Pixels:
    """Make an RGB picture a square of pixels: uint8, (size, size, 3).

    JPEG's own shrinking while it decodes (``Image.draft``) is not used: it would give other pixels than the filter, by
    up to 4 grey levels even where it leaves eight times the size (benchmarks/shrink_on_load.py), and for one format
    only; a model could learn which.
    """
    if settings.equalise:
        image = compress(image, "JPEG", settings.equalise.quality, settings.equalise.subsampling)
    if image.size != (size, size):
        image = _SQUARES[settings.mode](image, (size, size), Image.Resampling[settings.filter.upper()])
    return np.asarray(image, dtype=np.uint8)


def _squash(image: Image.Image, size: tuple[int, int], resampling: Image.Resampling) -> Image.Image:
    return image.resize(size, resampling)


def _pad(image: Image.Image, size: tuple[int, int], resampling: Image.Resampling) -> Image.Image:
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), resampling)
    square = Image.new("RGB", size, "black")
    square.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return square


_SQUARES: dict[str, Callable[[Image.Image, tuple[int, int], Image.Resampling], Image.Image]] = {
    "squash": _squash,
    "centre-crop": ImageOps.fit,
    "pad": _pad,
}


def compress(image: Image.Image, kind: str, quality: int, subsampling: str = "4:2:0") -> Image.Image:
    """Write an RGB picture as a file of a lossy format of Pillow's, and read it again; too long a side is shrunk."""
    longest = MAX_SIDES[kind]
    if max(image.size) > longest:
        image = image.resize((min(image.width, longest), min(image.height, longest)))
    file = io.BytesIO()
    image.save(file, kind, quality=quality, **({"subsampling": subsampling} if kind == "JPEG" else {}))
    return Image.open(file).convert("RGB")
