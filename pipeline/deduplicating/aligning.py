"""From pairs of pictures that may be copies to squares to be laid over each other: which views, and where."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.deduplicating.confirmation import STILL
from pipeline.deduplicating.registration import Floats
from pipeline.deduplicating.viewed import ASKED, WHOLES, Viewed
from pipeline.hashing.views import LOW, MIRROR, WHOLE, Box, list_parts, transform
from pipeline.runtime.array_types import Indexes, Pixels

#: The ways to turn and mirror a square, but for the plain and the mirrored one: what becomes of a place (x, y).
TURNS = tuple(
    np.array([row[:2], row[2:]], np.float32)
    for row in ((1, 0, 0, -1), (-1, 0, 0, -1), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, -1, 0), (0, -1, -1, 0))
)

#: The signs that the frequencies of a mirrored square take on.
_SIGNS = np.where(np.arange(LOW) % 2, -1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Aligned:
    """Pairs of squares, each (pairs, 64, 64), the maps from the first to the second, (pairs, 2, 3), and how alike
    their low frequencies are there: the cosine, (pairs,). ``placed``: the squares lie at one place of both pictures,
    (pairs,)."""

    fixed: Floats
    moving: Floats
    maps: Floats
    likeness: NDArray[np.float64]
    placed: NDArray[np.bool_]


def align(viewed: Viewed, first: Indexes, second: Indexes, turned: bool) -> Aligned:
    """Choose for each pair of pictures the nearest views, one of them asked for; with ``turned``, turned ones too."""
    asked, view, mirrored, swapped = _choose_views(viewed, first, second)
    one, other = np.where(swapped, second, first), np.where(swapped, first, second)
    needed, places = np.unique(np.concatenate([one, other]), return_inverse=True)
    squares = viewed.read(needed)
    fixed = squares[places[: len(one)], np.where(asked < WHOLES, asked, 0)]
    moving = squares[places[len(one) :], np.where(view < WHOLES, view, 0)]
    boxes, seen_boxes = _list_boxes(viewed, view, other), _list_boxes(viewed, asked, one)
    signs = np.where(mirrored[:, None, None], _SIGNS, 1.0)
    likeness = _cosine(_transform_parts(fixed, seen_boxes) * signs, _transform_parts(moving, boxes))
    maps = np.stack([_map(*each) for each in zip(seen_boxes, boxes, mirrored.tolist(), strict=True)])
    if turned:
        maps, likeness = _turn(transform(fixed), transform(moving), maps, likeness)
    placed = (np.abs(viewed.frame[one] - viewed.frame[other]).max(axis=1) <= STILL) & (asked == 0) & (view == 0)
    return Aligned(fixed.astype(np.float32), moving.astype(np.float32), maps, likeness, placed)


def _list_boxes(viewed: Viewed, views: Indexes, pictures: Indexes) -> list[Box]:
    return [
        WHOLE if view < WHOLES else list_parts(float(viewed.aspect[picture]))[view - WHOLES]
        for view, picture in zip(views.tolist(), pictures.tolist(), strict=True)
    ]


def _choose_views(viewed: Viewed, first: Indexes, second: Indexes) -> tuple[Indexes, ...]:
    """Choose the nearest pair of views: the one that is asked for, the other one, whether mirrored, and whether the
    first is of the second picture; each (pairs,)."""
    apart = np.stack([_measure(viewed, one, other) for one, other in ((first, second), (second, first))], axis=1)
    shape = apart.shape[1:]
    swapped, mirrored, asked, view = np.unravel_index(apart.reshape(len(first), -1).argmin(axis=1), shape)
    return np.array(ASKED)[asked], view, mirrored, swapped


def _measure(viewed: Viewed, one: Indexes, other: Indexes) -> NDArray[np.uint8]:
    """Count the bits between what is asked of one, plain and mirrored, and all views of the other.

    (pairs, 2, 3, 8)
    """
    plain = viewed.hashes[one][:, ASKED]
    asked = np.stack([plain, plain ^ MIRROR], axis=1)
    apart = np.bitwise_count(asked[:, :, :, None] ^ viewed.hashes[other][:, None, None, :])
    there = viewed.there[one][:, ASKED][:, None, :, None] & viewed.there[other][:, None, None, :]
    return np.where(there, apart, np.uint8(255))


def _map(fixed: Box, moving: Box, mirrored: bool) -> Floats:
    """Make the map that sends one box to the other."""
    sides = ((fixed[k], fixed[k + 2], moving[k], moving[k + 2]) for k in (0, 1))
    (across, x), (down, y) = (_stretch(*side) for side in sides)
    if mirrored:
        # The moving box's middle stays where it is.
        across, x = -across, 2 * (moving[0] + moving[2] - 1) - x
    return np.array([[across, 0, x], [0, down, y]], np.float32)


def _stretch(low: float, high: float, to_low: float, to_high: float) -> tuple[float, float]:
    scale = (to_high - to_low) / (high - low)
    return scale, (to_low + to_high - 1) - scale * (low + high - 1)


def _transform_parts(squares: Pixels, boxes: list[Box]) -> NDArray[np.float64]:
    found = np.empty((len(squares), LOW, LOW))
    for box in sorted(set(boxes)):
        here = np.array([each == box for each in boxes])
        found[here] = transform(squares[here], box)
    return found


def _cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compare frequencies but for the mean: as a correlation of the blurred squares would."""
    a, b = (each.reshape(len(each), -1)[:, 1:] for each in (one, other))
    cosine: NDArray[np.float64] = (a * b).sum(axis=1) / np.maximum(
        np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)), 1e-9
    )
    return cosine


def _turn(
    fixed: NDArray[np.float64], moving: NDArray[np.float64], maps: Floats, likeness: NDArray[np.float64]
) -> tuple[Floats, NDArray[np.float64]]:
    """Take a turned square where it is more alike."""
    for turn in TURNS:
        # A place's x goes to the turned x or y: what is odd along it changes its sign.
        frequencies = moving.swapaxes(1, 2) if turn[0, 0] == 0 else moving
        signs = [_SIGNS if sign < 0 else np.ones(LOW) for sign in turn.sum(axis=0)]
        alike = _cosine(fixed, frequencies * signs[0][None, None, :] * signs[1][None, :, None])
        better = alike > likeness
        likeness = np.where(better, alike, likeness)
        whole = np.concatenate([turn, np.zeros((2, 1), np.float32)], axis=1)
        maps = np.where(better[:, None, None], whole, maps)
    return maps, likeness
