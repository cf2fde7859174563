"""Lay many pairs of small pictures over each other: an affine map for each pair, found by Gauss-Newton steps.

Baker and Matthews: Lucas-Kanade 20 Years On (International Journal of Computer Vision, 2004), with the brightness and
contrast of both left free, and weights by which what differs much, such as a watermark, counts less.

Pictures are float32, (n, side, side). Maps are (n, 2, 3), and send places of the fixed picture to those of the moving
one; places go from -1 to 1 over the sides.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Where two pictures differ by so many of their standard deviations, a pixel counts half.
HALF = 0.5
#: No step goes further: what is not near is not found, and need not be.
FURTHEST = 0.15


def sample(pictures: Floats, maps: Floats) -> tuple[Floats, Mask]:
    """Sample pictures where maps send each place, bilinearly; and tell which places lie inside."""
    count, side = pictures.shape[:2]
    centres = _centres(side)
    places = [
        maps[:, k, 0, None, None] * centres + maps[:, k, 1, None, None] * centres[:, None] + maps[:, k, 2, None, None]
        for k in (0, 1)
    ]
    inside = (np.abs(places[0]) <= 1) & (np.abs(places[1]) <= 1)
    x, y = (np.clip((place + 1) * (side / 2) - 0.5, 0, side - 1.001) for place in places)
    left, top = x.astype(np.int32), y.astype(np.int32)
    x, y = x - left, y - top
    flat = pictures.reshape(-1)
    corner = (np.arange(count, dtype=np.int32) * side * side)[:, None, None] + top * side + left
    upper = flat[corner] * (1 - x) + flat[corner + 1] * x
    lower = flat[corner + side] * (1 - x) + flat[corner + side + 1] * x
    sampled: Floats = (upper * (1 - y) + lower * y).astype(np.float32)
    return sampled, inside


def standardise(pictures: Floats, inside: Mask) -> Floats:
    """Bring what is inside to the mean 0 and the standard deviation 1; what is outside becomes 0."""
    count = np.maximum(inside.sum(axis=(1, 2), keepdims=True), 1)
    centred = np.where(inside, pictures - (pictures * inside).sum(axis=(1, 2), keepdims=True) / count, 0)
    deviation = np.sqrt((centred**2).sum(axis=(1, 2), keepdims=True) / count)
    standard: Floats = (centred / np.maximum(deviation, 1e-3)).astype(np.float32)
    return standard


def slopes(pictures: Floats) -> tuple[Floats, Floats]:
    """Return the differences across two pixels, halved, along the rows and along the columns; 0 at the edges."""
    across, down = np.zeros_like(pictures), np.zeros_like(pictures)
    across[:, :, 1:-1] = (pictures[:, :, 2:] - pictures[:, :, :-2]) / 2
    down[:, 1:-1] = (pictures[:, 2:] - pictures[:, :-2]) / 2
    return across, down


def register(fixed: Floats, moving: Floats, maps: Floats, steps: int) -> Floats:
    """Improve maps, so that the moving pictures, sampled by them, are like the fixed ones."""
    for _ in range(steps):
        seen, inside = sample(moving, maps)
        one, other = standardise(fixed, inside), standardise(seen, inside)
        maps = _move(maps, _find_step(one, other, inside))
    return maps


def _centres(side: int) -> Floats:
    return ((np.arange(side, dtype=np.float32) + 0.5) * (2 / side) - 1).astype(np.float32)


def _find_step(fixed: Floats, seen: Floats, inside: Mask) -> Floats:
    """Solve for the six numbers of each map's step, (n, 2, 3)."""
    count, side = fixed.shape[:2]
    error = np.where(inside, fixed - seen, 0)
    weight = inside / (1 + (error / HALF) ** 2)
    # Of the mean of both: the slopes of one alone would pull to it.
    across, down = (slope * (side / 2) for slope in slopes(((fixed + seen) / 2).astype(np.float32)))
    x, y = _centres(side)[None, None, :], _centres(side)[None, :, None]
    jacobian = np.stack([across * x, across * y, across, down * x, down * y, down], axis=1).reshape(count, 6, -1)
    weighted = jacobian * weight.reshape(count, 1, -1)
    hessian = weighted @ jacobian.transpose(0, 2, 1)
    damping = 1e-3 * np.trace(hessian, axis1=1, axis2=2)[:, None, None] / 6 + 1e-3
    step = np.linalg.solve(hessian + damping * np.eye(6), weighted @ error.reshape(count, -1, 1))
    return np.clip(step, -FURTHEST, FURTHEST).reshape(count, 2, 3).astype(np.float32)


def _move(maps: Floats, step: Floats) -> Floats:
    """Take the step in the fixed picture, before the map."""
    linear = maps[:, :, :2]
    shift = (linear @ step[:, :, 2:])[:, :, 0] + maps[:, :, 2]
    moved: Floats = np.concatenate([linear + linear @ step[:, :, :2], shift[:, :, None]], axis=2)
    return moved
