"""What befalls pictures on their way through the web, and by how much: the grid on which a detector is tried.

Amounts are scaled to the picture, so that a photograph of 4,000 pixels and one of 32 suffer alike. The kinds and
their amounts are those on which detectors of generated images are compared (Wang et al., CVPR 2020; GenImage, NeurIPS
2023), with qualities off the usual grid, as most files are at 75 already and 75 again changes little.
"""

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image, ImageFilter

from pipeline.resizing.square_pixels import MAX_JPEG_SIDE

Damage = Callable[[Image.Image, int], Image.Image]

#: Noise is made on a grid of so many cells a side at most: finer grain would vanish when the picture is made small.
GRAIN = 64


def compress(picture: Image.Image, _seed: int, quality: int) -> Image.Image:
    """Save as JPEG and read again."""
    if max(picture.size) > MAX_JPEG_SIDE:
        picture = _scaled(picture, MAX_JPEG_SIDE / max(picture.size))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def blur(picture: Image.Image, _seed: int, part: float) -> Image.Image:
    """Blur with a Gaussian whose deviation is a part of the shorter side."""
    return picture.filter(ImageFilter.GaussianBlur(part * min(picture.size)))


def add_noise(picture: Image.Image, seed: int, deviation: float) -> Image.Image:
    """Add normal noise of a deviation in grey levels; its grain grows with the picture."""
    width, height = (min(side, GRAIN) for side in picture.size)
    grain = np.random.default_rng(seed).normal(0, deviation, (height, width, 3)).astype(np.float32)
    if (width, height) != picture.size:
        channels = [Image.fromarray(grain[..., i]).resize(picture.size, Image.Resampling.BILINEAR) for i in range(3)]
        grain = np.stack([np.asarray(channel) for channel in channels], axis=2)
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).round().astype(np.uint8))


def shrink_and_enlarge(picture: Image.Image, _seed: int, part: float) -> Image.Image:
    """Make the sides so many times as long, and go back."""
    return _scaled(picture, part).resize(picture.size, Image.Resampling.BICUBIC)


def crop(picture: Image.Image, _seed: int, part: float) -> Image.Image:
    """Keep the middle: a part of each side."""
    width, height = (max(1, round(side * part)) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def take_screenshot(picture: Image.Image, seed: int) -> Image.Image:
    """Show it a little larger on a screen, cut its edge off, and save the screen's picture as JPEG."""
    return compress(crop(_scaled(picture, 1.1), seed, 0.96), seed, 85)


def send_twice(picture: Image.Image, seed: int) -> Image.Image:
    """Send it through two messengers: each makes it smaller and compresses it."""
    return compress(_scaled(compress(_scaled(picture, 0.8), seed, 75), 0.8), seed, 60)


def _scaled(picture: Image.Image, part: float) -> Image.Image:
    width, height = (max(1, round(side * part)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BICUBIC)


#: By the names under which they are reported.
DAMAGES: dict[str, Damage] = {
    **{f"jpeg-{quality}": partial(compress, quality=quality) for quality in (90, 82, 75, 65, 50, 30)},
    **{f"blur-{part:.1%}": partial(blur, part=part) for part in (0.01, 0.02, 0.03)},
    **{f"noise-{deviation}": partial(add_noise, deviation=deviation) for deviation in (2, 5, 10)},
    **{f"rescale-{part:.0%}": partial(shrink_and_enlarge, part=part) for part in (0.75, 0.5)},
    **{f"crop-{part:.0%}": partial(crop, part=part) for part in (0.95, 0.8)},
    "screenshot": take_screenshot,
    "sent-twice": send_twice,
}
