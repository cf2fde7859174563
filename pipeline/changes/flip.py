"""Mirror images: left and right swapped, top and bottom swapped."""

from pipeline.runtime.array_types import Pixels

from pipeline.changes.change import Change


def flip(pixels: Pixels, change: Change) -> Pixels:
    """Mirror a picture."""
    if change.flipped:
        pixels = pixels[:, ::-1]
    return pixels[::-1] if change.flipped_vertically else pixels
