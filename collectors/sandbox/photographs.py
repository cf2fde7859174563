"""The photographs that come along with our libraries, and the crops that the sandbox makes of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any

import imagehash
import numpy as np
from PIL import Image


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph in a package: where it lies, what it shows, and where the package has it from."""

    package: str
    path: str
    caption: str
    origin: str


CAT = Photograph("skimage", "data/chelsea.png", "Chelsea the cat", "Stefan van der Walt, CC0")
COFFEE = Photograph("skimage", "data/coffee.png", "A cup of coffee", "Rachel Michetti (Pikolo), CC0")
ASTRONAUT = Photograph("skimage", "data/astronaut.png", "Eileen Collins, astronaut", "NASA, public domain")
ROCKET = Photograph("skimage", "data/rocket.jpg", "A rocket on its launch pad", "SpaceX, public domain")
MOTORCYCLE = Photograph(
    "skimage", "data/motorcycle_left.png", "A motorcycle in a garage", "Middlebury stereo data, no licence named"
)
HOPPER = Photograph("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "Grace Hopper", "no origin named")
CHINA = Photograph("sklearn", "datasets/images/china.jpg", "A Chinese temple", "danielbuechele, CC BY 2.0")
FLOWER = Photograph("sklearn", "datasets/images/flower.jpg", "A flower", "vultilion, CC BY 2.0")

PHOTOGRAPHS = (CAT, COFFEE, ASTRONAUT, ROCKET, MOTORCYCLE, HOPPER, CHINA, FLOWER)

#: Sides of a crop in pixels. Less than 48 would leave nothing to shrink, more than 112 too few crops that differ.
SMALLEST, LARGEST = 48, 112

#: Crops nearer than this many bits of pHash count as one picture.
APART = 7


@dataclass(frozen=True, slots=True)
class Crop:
    """A piece of a photograph: uint8 (height, width, 3), sides divisible by 8."""

    photograph: Photograph
    pixels: Any


class Cropper:
    """Cuts crops that are all unlike each other, in the same order each time."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self._images = {photograph: _open(photograph) for photograph in PHOTOGRAPHS}
        self._seen = np.empty(0, dtype=np.uint64)

    def crops(self, photographs: tuple[Photograph, ...]) -> Iterator[Crop]:
        """Return crops of these photographs without end, none near any that was given before."""
        while True:
            photograph = photographs[self._chance.integers(len(photographs))]
            image = self._images[photograph]
            width, height = (8 * int(self._chance.integers(SMALLEST // 8, LARGEST // 8 + 1)) for _ in "wh")
            left = int(self._chance.integers(image.width - width + 1))
            top = int(self._chance.integers(image.height - height + 1))
            crop = image.crop((left, top, left + width, top + height))
            pixels = np.asarray(crop)
            if _has_content(pixels) and max(width, height) <= 2 * min(width, height) and self._is_new(crop):
                yield Crop(photograph, pixels)

    def _is_new(self, crop: Image.Image) -> bool:
        value = np.packbits(imagehash.phash(crop).hash).view(np.uint64)
        if (np.bitwise_count(self._seen ^ value) < APART).any():
            return False
        self._seen = np.append(self._seen, value)
        return True


def _has_content(pixels: Any) -> bool:
    """Return whether a crop shows more than sky."""
    return bool(pixels.mean(axis=2).std() > 12)


def _open(photograph: Photograph) -> Image.Image:
    with as_file(files(photograph.package).joinpath(photograph.path)) as path:
        return Image.open(path).convert("RGB")
