"""Exact search for all pairs of 64-bit hashes within a Hamming distance, without comparing all with all.

Cut the 64 bits into m blocks. Two hashes that differ in at most d bits agree wholly on some m-d of the blocks. So for
every choice of m-d blocks it is enough to compare hashes that are equal on these: the hashes are sorted with the
chosen bits in front, and equal ones stand side by side. More blocks mean more sorts, but fewer strangers to compare.
(Manku, Jain, Das Sarma: Detecting near-duplicates for web crawling, WWW 2007, section 3.)
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, pairwise
from math import comb, log2

import numpy as np
from numpy.typing import NDArray

from pipeline.parts.work import cores

BITS = 64

Hashes = NDArray[np.uint64]
Indexes = NDArray[np.int64]
Block = tuple[int, int]


def find_pairs(hashes: Hashes, max_distance: int) -> tuple[Indexes, Indexes, NDArray[np.uint8]]:
    """Find all pairs of distinct hashes within ``max_distance`` bits.

    Args:
        hashes: distinct 64-bit hashes in ascending order, (n,), as ``np.unique`` gives them. n equal ones would be n²
            pairs.
        max_distance: at most this many bits differ; 0 finds nothing, as the hashes are distinct.

    Returns:
        The two members' indexes (first < second, pairs in order) and their distances, each (pairs,).
    """
    tables = list(_tables(len(hashes), max_distance)) if max_distance and len(hashes) > 1 else []
    # NumPy lets go of the interpreter while it sorts and compares, so threads are enough.
    with ThreadPoolExecutor(cores()) as pool:
        found = list(pool.map(lambda table: _search(hashes, table[0], table[1], max_distance), tables))
    pairs = np.concatenate([np.empty((0, 2), dtype=np.int64), *found])
    # A pair that agrees on several choices of blocks is found once for each.
    first, second = np.unique(pairs, axis=0).T if len(pairs) else pairs.T
    return first, second, np.bitwise_count(hashes[first] ^ hashes[second])


def _tables(count: int, distance: int) -> Iterator[tuple[list[Block], int]]:
    """Give each choice of blocks, as all blocks with the chosen ones in front, and the number of chosen bits."""
    number = min(range(distance + 1, distance + 9), key=lambda blocks: _cost(count, distance, blocks))
    edges = [BITS * i // number for i in range(number + 1)]
    blocks = [(low, high - low) for low, high in pairwise(edges)]
    for chosen in combinations(blocks, number - distance):
        rest = [block for block in blocks if block not in chosen]
        yield [*chosen, *rest], sum(width for _, width in chosen)


def _cost(count: int, distance: int, blocks: int) -> float:
    """Estimate the work with so many blocks, were the hashes random: for each choice a sort, and the comparisons."""
    strangers = count**2 / 2 ** (BITS * (blocks - distance) / blocks) / 2
    return comb(blocks, distance) * (count * log2(count) / 4 + strangers)


def _search(hashes: Hashes, blocks: list[Block], chosen_bits: int, distance: int) -> Indexes:
    """Compare the hashes that are equal on the chosen bits; give the pairs' indexes, (pairs, 2)."""
    ordered = np.sort(_with_in_front(hashes, blocks))
    bound = np.uint64(1 << (BITS - chosen_bits))
    pairs = []
    left = np.arange(len(ordered) - 1)
    step = 1
    while len(left):
        # Compare each hash with the 1st, 2nd, ... one after it, for as long as the chosen bits are the same.
        differing = ordered[left] ^ ordered[left + step] if step > 1 else ordered[:-1] ^ ordered[1:]
        same = differing < bound
        near = left[same & (np.bitwise_count(differing) <= distance)]
        pairs.append(np.stack([ordered[near], ordered[near + step]], axis=1))
        step += 1
        left = left[same]
        left = left[left + step < len(ordered)]
    if not pairs:
        return np.empty((0, 2), dtype=np.int64)
    values = _back_in_place(np.concatenate(pairs), blocks)
    return np.sort(np.searchsorted(hashes, values), axis=1)


def _moves(blocks: list[Block]) -> Iterator[tuple[int, int, int]]:
    """Give where each block stands, where it goes when all are lined up from the front, and its width."""
    place = BITS
    for low, width in blocks:
        place -= width
        yield low, place, width


def _with_in_front(hashes: Hashes, blocks: list[Block]) -> Hashes:
    return _rearrange(hashes, _moves(blocks))


def _back_in_place(moved: Hashes, blocks: list[Block]) -> Hashes:
    return _rearrange(moved, ((place, low, width) for low, place, width in _moves(blocks)))


def _rearrange(hashes: Hashes, moves: Iterable[tuple[int, int, int]]) -> Hashes:
    moved = np.zeros_like(hashes)
    for old, new, width in moves:
        moved |= _cut(hashes, old, width) << np.uint64(new)
    return moved


def _cut(hashes: Hashes, low: int, width: int) -> Hashes:
    return (hashes >> np.uint64(low)) & np.uint64((1 << width) - 1)
