"""The changes that make a copy, in order, each in a file of its own.

A change is a function ``(pixels, change) -> pixels`` on one picture, uint8 (size, size, 3); it gives back what it got
where ``change`` asks nothing of it. First those that move pixels, then those of tone, then what a picture suffers on
its way through the web, compression last.
"""

from collections.abc import Callable

from pipeline.runtime.array_types import Pixels

from pipeline.changes.blur import blur
from pipeline.changes.change import Change
from pipeline.changes.flip import flip
from pipeline.changes.jpeg import jpeg
from pipeline.changes.noise import noise
from pipeline.changes.rescale import rescale
from pipeline.changes.shift import shift
from pipeline.changes.tone import tone
from pipeline.changes.turn import turn

CHANGES: tuple[Callable[[Pixels, Change], Pixels], ...] = (flip, turn, shift, tone, rescale, blur, noise, jpeg)


def apply_change(pixels: Pixels, change: Change) -> Pixels:
    """Change one picture, uint8 (size, size, 3). What is not asked for is not done: nothing is interpolated idly."""
    for apply in CHANGES:
        pixels = apply(pixels, change)
    return pixels
