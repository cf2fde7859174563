"""What cameras write: who made them, and how the picture was exposed.

Weak evidence, as anybody can write it; so a maker alone is not enough. (Some nodes of ComfyUI keep their graph in the
tags Make and Model.)
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

#: Names of makers, one a line; where they are from stands on top of it.
FILE = Path(__file__).with_name("makers.txt")

EXPOSURE = ("ExposureTime", "FNumber", "ISOSpeedRatings", "FocalLength", "DateTimeOriginal")


@cache
def _makers() -> frozenset[str]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def is_maker(text: str) -> bool:
    """Return whether a text is a known maker's name, or begins with one: makers also write their whole company's.

    >>> is_maker("NIKON CORPORATION"), is_maker("OLYMPUS OPTICAL CO.,LTD"), is_maker("Polyphony Digital Inc.")
    (True, True, False)
    """
    words = re.findall(r"\w+", text.casefold())[:4]
    return any(" ".join(words[:count]) in _makers() for count in range(1, len(words) + 1))


def is_exposed(tags: Mapping[str, Any]) -> bool:
    """Return whether EXIF names a known maker, a model, and at least three facts of the exposure."""
    make, model = tags.get("Make"), tags.get("Model")
    if not (isinstance(make, str) and isinstance(model, str) and model.strip("\0 ") and is_maker(make)):
        return False
    return sum(tags.get(name) is not None for name in EXPOSURE) >= 3
