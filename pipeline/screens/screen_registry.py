"""The checks a picture must pass, in order, each in a file of its own.

A screen is a function ``(picture, settings) -> detail or None``: None lets the picture pass, text says what is wrong
with it. The picture is an opened image, or what was decoded, in grey. The reason on file is the function's name with
hyphens.
"""

from collections.abc import Callable

from PIL import Image

from pipeline.runtime.array_types import Pixels
from pipeline.screens.animated import animated
from pipeline.screens.blank import blank
from pipeline.screens.extreme_aspect import extreme_aspect
from pipeline.screens.screen_settings import Screen
from pipeline.screens.too_small import too_small

HeaderCheck = Callable[[Image.Image, Screen], str | None]
PixelCheck = Callable[[Pixels, Screen], str | None]

#: Read the header only, so a bad picture costs no decoding.
BEFORE_DECODING: tuple[HeaderCheck, ...] = (too_small, extreme_aspect, animated)

#: Look at the decoded picture in grey, uint8 (height, width).
AFTER_DECODING: tuple[PixelCheck, ...] = (blank,)


def reason_of(check: HeaderCheck | PixelCheck) -> str:
    """Return the word that goes on file when a check fails.

    >>> reason_of(too_small)
    'too-small'
    """
    return check.__name__.replace("_", "-")
