"""A second look at pairs of pictures that may be copies of each other: their squares, laid over each other.

The squares are cut into 8x8 cells. A cell has detail where the slopes of its grey levels go in more than one
direction, as the smaller eigenvalue of the structure tensor tells (Shi and Tomasi: Good Features to Track, CVPR
1994): an edge can be laid over any other edge, and so can a disc over any other disc, while what has detail fits only
itself. Cells agree where the slopes are correlated, along the rows and along the columns: lines of one page of text
lie where those of another do, but its words do not.

A pair is a copy where enough cells with detail agree, and enough of all there are. Pictures that have little
detail are copies only where all of them is as good as equal, in the same place and as bright.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.deduplicating.registration import Floats, Mask, register, sample, slopes, standardise
from pipeline.hashing.views import SIDE

CELL = 8
CELLS = (SIDE // CELL) ** 2

#: So many cells must agree, and such a part of all with detail.
ENOUGH, MOST = 16, 0.4
#: No map may move a place by more than this in the squares' sides, from where the hashes put it.
MOVED = 0.25 / 2

#: A cell has detail where the weaker direction has slopes so large, in standard deviations of the picture by pixel,
#: and of such a part of all its slopes' energy.
SLOPE, BOTH_WAYS = 0.03, 0.06
#: Cells agree from these correlations on: of all slopes, and of those of either direction.
AGREE, EITHER = 0.7, 0.6

#: As good as equal: in grey levels on average and in the worst cell, and moved by so much of a side.
EQUAL, WORST, STILL = 1.5, 4.0, 0.015
#: From such a correlation on, pictures that are no copies for certain are still told of.
ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Look:
    """What is found about pairs: cells that agree, cells with detail, the correlation of the grey levels, and whether
    they are copies; each (pairs,)."""

    agreeing: NDArray[np.uint8]
    detailed: NDArray[np.uint8]
    correlation: Floats
    copies: Mask


@dataclass(frozen=True, slots=True)
class _Energies:
    """Of each cell the sums of the squared slopes, of their product, and the smaller eigenvalue: (pairs, 8, 8)."""

    across: Floats
    down: Floats
    weaker: Floats

    @property
    def all(self) -> Floats:
        return self.across + self.down

    @property
    def detail(self) -> Mask:
        found: Mask = (self.weaker > CELL * CELL * SLOPE**2) & (self.weaker > BOTH_WAYS * self.all)
        return found


def look(fixed: Floats, moving: Floats, maps: Floats, placed: Mask) -> Look:
    """Lay pairs of squares over each other, and compare them.

    Args:
        fixed: grey levels. (pairs, 64, 64)
        moving: the same of the other pictures. (pairs, 64, 64)
        maps: where the hashes put each fixed one in its moving one, as in ``registration``. (pairs, 2, 3)
        placed: both lie at the same place of their pictures. (pairs,)
    """
    fixed, moving, found = _smooth(fixed), _smooth(moving), _lay_over(fixed, moving, maps)
    seen, inside = sample(moving, found)
    one, other = standardise(fixed, inside), standardise(seen, inside)
    agreeing, detailed = _compare_cells(one, other, _inner(inside))
    moved = np.abs(found - maps).max(axis=(1, 2)) / 2
    copies = (agreeing >= ENOUGH) & (agreeing >= MOST * detailed) & (moved <= MOVED)
    still = placed & (np.abs(found - np.eye(2, 3)).max(axis=(1, 2)) / 2 <= STILL)
    copies |= still & _equal(fixed, seen, inside)
    correlated = (one * other).sum(axis=(1, 2)) / np.maximum(inside.sum(axis=(1, 2)), 1)
    correlation: Floats = np.where(moved <= MOVED, correlated, 0).astype(np.float32)
    return Look(agreeing.astype(np.uint8), detailed.astype(np.uint8), correlation, copies)


def _lay_over(fixed: Floats, moving: Floats, maps: Floats) -> Floats:
    """Find the maps at a quarter of the size, where what is further away is found, then at half of it."""
    halves = [_halve(square) for square in (fixed, moving)]
    quarters = [_halve(_smooth(half)) for half in halves]
    return register(halves[0], halves[1], register(quarters[0], quarters[1], maps, steps=6), steps=4)


def _halve(pictures: Floats) -> Floats:
    count, side = pictures.shape[:2]
    half: Floats = pictures.reshape(count, side // 2, 2, side // 2, 2).mean(axis=(2, 4))
    return half


def _smooth(pictures: Floats) -> Floats:
    """Blur pictures by the weights 1, 2, 1 along both sides."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)), mode="edge")
    down = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    smooth: Floats = ((down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]) / 4).astype(np.float32)
    return smooth


def _inner(inside: Mask) -> Mask:
    """Leave out the places with a neighbour outside: their slopes are none of the picture's."""
    inner = inside.copy()
    inner[:, 1:-1, 1:-1] &= inside[:, 2:, 1:-1] & inside[:, :-2, 1:-1] & inside[:, 1:-1, 2:] & inside[:, 1:-1, :-2]
    return inner


def _by_cell(values: Floats) -> Floats:
    summed: Floats = values.reshape(len(values), SIDE // CELL, CELL, SIDE // CELL, CELL).sum(axis=(2, 4))
    return summed


def _measure(across: Floats, down: Floats) -> _Energies:
    a, d, both = _by_cell(across**2), _by_cell(down**2), _by_cell(across * down)
    weaker = (a + d) / 2 - np.sqrt(((a - d) / 2) ** 2 + both**2)
    return _Energies(a, d, weaker.astype(np.float32))


def _compare_cells(one: Floats, other: Floats, inside: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the cells with detail that agree, and those in which one of both has detail."""
    mine, theirs = ([slope * inside for slope in slopes(picture)] for picture in (one, other))
    first, second = _measure(*mine), _measure(*theirs)
    across, down = _by_cell(mine[0] * theirs[0]), _by_cell(mine[1] * theirs[1])
    agree = across + down >= AGREE * np.sqrt(first.all * second.all)
    agree &= across >= EITHER * np.sqrt(first.across * second.across)
    agree &= down >= EITHER * np.sqrt(first.down * second.down)
    within = _by_cell(inside.astype(np.float32)) >= 0.75 * CELL * CELL
    agreeing = within & agree & first.detail & second.detail
    return agreeing.sum(axis=(1, 2)), (within & (first.detail | second.detail)).sum(axis=(1, 2))


def _equal(fixed: Floats, seen: Floats, inside: Mask) -> Mask:
    apart = np.where(inside, np.abs(fixed - seen), 0)
    mean, worst = apart.mean(axis=(1, 2)), _by_cell(apart).max(axis=(1, 2)) / CELL**2
    equal: Mask = (mean <= EQUAL) & (worst <= WORST)
    return equal
