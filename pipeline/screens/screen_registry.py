"""All checks that a picture must pass, in plain sight and in the order in which they are made.

Each stands in a module of its own, named as MODULE:NAME, and is imported by what screens; reports and passports, which
only tell of it, need no decoder.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class ScreenEntry:
    """A screen.

    ``reason`` is the hyphenated word on file of what fails it, and ``meaning`` says the same to people. ``check`` is a
    function ``(picture, settings) -> detail or None``: None lets the picture pass, text says what is wrong with it.
    ``reads`` says what it is given: the opened image, so that a bad picture costs no decoding (``header``), or what
    was decoded, in grey, uint8 (height, width) (``pixels``). One without a check is made where what it needs is at
    hand.

    ``measured`` says what is on file of a picture that passed, by ``width``, ``height``, ``pixels`` (how many) and
    ``aspect``. ``lenient`` are settings with which every picture passes that can be decoded.
    """

    reason: str
    meaning: str
    reads: Literal["addresses", "header", "pixels"]
    check: str | None = None
    measured: str | None = None
    lenient: Mapping[str, float] = field(default_factory=dict)


SCREENS = (
    ScreenEntry(
        reason="placeholder",
        meaning="what many servers send in place of a picture",
        reads="addresses",
        lenient={"placeholder_hosts": 2**31},
    ),
    ScreenEntry(
        reason="too-many-pixels",
        meaning="too large to be decoded safely",
        reads="header",
        measured="{pixels:,} pixels",
    ),
    ScreenEntry(
        reason="too-small",
        meaning="too few pixels to tell anything by",
        reads="header",
        check="pipeline.screens.too_small:too_small",
        measured="{width}x{height}",
        lenient={"min_side": 1},
    ),
    ScreenEntry(
        reason="extreme-aspect",
        meaning="too long or too tall to be made square",
        reads="header",
        check="pipeline.screens.extreme_aspect:extreme_aspect",
        measured="{aspect:.2f} to 1",
        lenient={"max_aspect": 1e9},
    ),
    ScreenEntry(
        reason="animated",
        meaning="a film, not a picture",
        reads="header",
        check="pipeline.screens.animated:animated",
    ),
    ScreenEntry(
        reason="undecodable",
        meaning="the file cannot be read as a picture",
        reads="pixels",
    ),
    ScreenEntry(
        reason="blank",
        meaning="one colour all over",
        reads="pixels",
        check="pipeline.screens.blank:blank",
        lenient={"min_deviation": 0.0},
    ),
)
