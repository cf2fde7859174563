"""Where a picture is within what surrounds it: an even border, letterbox bars, the screen of a phone.

Both searches take a grey picture, uint8 (height, width), of some hundred pixels a side, and give left, top, right and
bottom in pixels, right and bottom not included.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.runtime.array_types import Pixels

Frame = tuple[int, int, int, int]

#: Grey levels by which pixels of one colour differ, after JPEG.
EVEN = 10

#: A line of a border is of one colour in so large a part. A line of an application beside or between pictures is of
#: the ground's colour in so large a part, as words and buttons stand on it.
BORDER, GROUND = 0.98, 0.75


def trim_border(grey: Pixels) -> Frame:
    """Find what is left without the lines at the edges that are of one colour; of an even picture, all of it."""
    top, bottom = _trim(grey)
    left, right = _trim(grey[top:bottom].T)
    return left, top, right, bottom


def find_panel(grey: Pixels) -> Frame:
    """Find the largest panel in which no line is mostly of the ground's colour."""
    top, bottom = _longest(grey)
    left, right = _longest(grey[top:bottom].T)
    if right - left < grey.shape[1]:
        top, bottom = _longest(grey[:, left:right])
    return left, top, right, bottom


def _trim(lines: Pixels) -> tuple[int, int]:
    before, after = _leading(lines), _leading(lines[::-1])
    return (before, len(lines) - after) if before + after < len(lines) else (0, len(lines))


def _leading(lines: Pixels) -> int:
    """Count the first lines that are of the first one's colour."""
    alike = _share(lines, lines[0]) >= BORDER
    return len(lines) if alike.all() else int(alike.argmin())


def _longest(lines: Pixels) -> tuple[int, int]:
    """Find the longest run of lines that are not of the ground's colour, which the outermost lines show."""
    ground = np.maximum(_share(lines, lines[0]), _share(lines, lines[-1])) >= GROUND
    busy = np.flatnonzero(~ground)
    if not len(busy):
        return 0, len(lines)
    # A plain line or two within a picture do not end it.
    ends = np.flatnonzero(np.diff(busy) > 1 + max(1, len(lines) // 50))
    first, last = busy[np.append(0, ends + 1)], busy[np.append(ends, len(busy) - 1)]
    longest = (last - first).argmax()
    return int(first[longest]), int(last[longest]) + 1


def _share(lines: Pixels, line: Pixels) -> NDArray[np.float64]:
    """Return how much of each line is of the colour that another one mostly has. (lines,)"""
    colour = int(np.median(line))
    share: NDArray[np.float64] = ((lines >= colour - EVEN) & (lines <= colour + EVEN)).mean(axis=1)
    return share
