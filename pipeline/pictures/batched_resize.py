"""Resize many pictures of one size at once, bit for bit as Pillow resizes each.

Pillow resizes rows and columns one after the other, each row and each column by itself. So pictures can lie under one
another and share a call, which for small ones costs far more than its work.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import product
from typing import Protocol, TypeVar

import numpy as np
from PIL import Image

from pipeline.pictures.lanczos import multiply_rows
from pipeline.runtime.array_types import Pixels

#: Larger pictures gain nothing by sharing a call.
MAX_PIXELS = 128 * 128

#: Pictures are taken together until one of these is reached. So many small ones fit into a processor's cache (256 at a
#: time took longer), and so many bytes into the memory.
BATCH = 64
BATCH_BYTES = 32 * 2**20

Way = Callable[[Pixels, tuple[int, int]], Pixels]
#: Resizes the rows of pictures, (n, height, width, ...), to another width.
Rows = Callable[[Pixels, int], Pixels]


class Sized(Protocol):
    """What takes so much of the memory, in bytes: an array of pixels, or a picture that becomes one."""

    @property
    def nbytes(self) -> int: ...


Some = TypeVar("Some", bound=Sized)


def in_batches(pictures: Iterable[Some]) -> Iterator[list[Some]]:
    """Take pictures together, in their order, as many as are handled best at a time."""
    batch: list[Some] = []
    size = 0
    for picture in pictures:
        batch.append(picture)
        size += picture.nbytes
        if len(batch) == BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def group_alike(pictures: Sequence[Pixels]) -> dict[tuple[int, ...], list[int]]:
    """Group pictures by their shape: the indexes of those that have it."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for number, picture in enumerate(pictures):
        alike.setdefault(picture.shape, []).append(number)
    return alike


def stack_some(pictures: Sequence[Pixels], numbers: Sequence[int]) -> Pixels:
    """Lay the pictures of these indexes, which are of one shape, into one array; a single one is not copied."""
    if len(numbers) == 1:
        return pictures[numbers[0]][np.newaxis]
    return np.stack([pictures[i] for i in numbers])


def resize_alike(stack: Pixels, size: tuple[int, int], resampling: Image.Resampling) -> Pixels:
    """Resize pictures, uint8 (n, height, width) or (n, height, width, 3), to ``size``, width and height."""
    if stack.shape[1:3] == size[::-1]:
        return stack
    if len(stack) == 1 or stack.shape[1] * stack.shape[2] > MAX_PIXELS:
        return _one_by_one(stack, size, resampling)
    return _find_way(stack.shape[1:], size, resampling)(stack, size)


@lru_cache(maxsize=1024)
def _find_way(shape: tuple[int, ...], size: tuple[int, int], resampling: Image.Resampling) -> Way:
    """Find out how Pillow goes from one size to another: which comes first is its choice, and differs by version."""
    noise = np.random.default_rng(0).integers(0, 256, (16, *shape), dtype=np.uint8)
    noise[8:] = noise[8:] // 128 * 255
    one_by_one = partial(_one_by_one, resampling=resampling)
    expected = one_by_one(noise, size)
    rows: list[Rows] = [partial(_resize_rows, resampling=resampling)]
    if resampling == Image.Resampling.LANCZOS and len(shape) == 2:
        rows.insert(0, multiply_rows)
    ways = (partial(order, rows=each) for each, order in product(rows, (_rows_first, _columns_first)))
    return next((way for way in ways if np.array_equal(way(noise, size), expected)), one_by_one)


def _one_by_one(stack: Pixels, size: tuple[int, int], resampling: Image.Resampling) -> Pixels:
    return np.stack([np.asarray(Image.fromarray(picture).resize(size, resampling)) for picture in stack])


def _rows_first(stack: Pixels, size: tuple[int, int], rows: Rows) -> Pixels:
    return _turn(rows(_turn(rows(stack, size[0])), size[1]))


def _columns_first(stack: Pixels, size: tuple[int, int], rows: Rows) -> Pixels:
    return _turn(_rows_first(_turn(stack), (size[1], size[0]), rows))


def _turn(stack: Pixels) -> Pixels:
    return stack.swapaxes(1, 2)


def _resize_rows(stack: Pixels, width: int, resampling: Image.Resampling) -> Pixels:
    number, height, old, *channels = stack.shape
    tall = Image.fromarray(stack.reshape(number * height, old, *channels))
    return np.asarray(tall.resize((width, tall.height), resampling)).reshape(number, height, width, *channels)
