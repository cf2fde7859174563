"""The checks a picture must pass, in order, each in a file of its own.

A screen is a function ``(picture, settings) -> detail or None``: None lets the picture pass, text says what is wrong
with it. The reason on file is the function's name with hyphens.
"""

from collections.abc import Callable

from PIL import Image

from pipeline.parts.params import Screen
from pipeline.screens.animated import animated
from pipeline.screens.blank import blank
from pipeline.screens.extreme_aspect import extreme_aspect
from pipeline.screens.too_small import too_small

Check = Callable[[Image.Image, Screen], str | None]

#: Read the header only, so a bad picture costs no decoding.
BEFORE_DECODING: tuple[Check, ...] = (too_small, extreme_aspect, animated)

#: Look at the decoded RGB picture.
AFTER_DECODING: tuple[Check, ...] = (blank,)


def reason_of(check: Check) -> str:
    """Give the word that goes on file when a check fails.

    >>> reason_of(too_small)
    'too-small'
    """
    return check.__name__.replace("_", "-")
