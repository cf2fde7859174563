"""Exact search for all pairs of 64-bit hashes within a Hamming distance, without comparing all with all.

By the pigeonhole principle two hashes that differ in at most d bits agree wholly on one of d+1 bands of bits, so only
hashes that share a band are compared. (Manku, Jain, Das Sarma: Detecting near-duplicates for web crawling, WWW 2007.)
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

BITS = 64

Hashes = NDArray[np.uint64]
Indexes = NDArray[np.int64]


def find_pairs(hashes: Hashes, max_distance: int) -> tuple[Indexes, Indexes, NDArray[np.uint8]]:
    """Find all pairs of distinct hashes within ``max_distance`` bits.

    Args:
        hashes: distinct 64-bit hashes, (n,). Give each value once: n equal ones would be n² pairs.
        max_distance: at most this many bits differ; 0 finds nothing, as the hashes are distinct.

    Returns:
        The two members' indexes (first < second, pairs in order) and their distances, each (pairs,).
    """
    empty = np.empty(0, dtype=np.int64)
    if max_distance == 0 or len(hashes) < 2:
        return empty, empty, empty.astype(np.uint8)
    found = [
        np.stack(pair)
        for mask in _bands(max_distance + 1)
        for pair in _pairs_within(hashes, hashes & mask, max_distance)
    ]
    # A pair that shares several bands is found once for each.
    first, second = np.unique(np.concatenate([*found, np.empty((2, 0), dtype=np.int64)], axis=1), axis=1)
    return first, second, np.bitwise_count(hashes[first] ^ hashes[second])


def _bands(count: int) -> Iterator[np.uint64]:
    edges = [BITS * i // count for i in range(count + 1)]
    for low, high in pairwise(edges):
        yield np.uint64(((1 << (high - low)) - 1) << low)


def _pairs_within(hashes: Hashes, band: Hashes, max_distance: int) -> Iterator[tuple[Indexes, Indexes]]:
    order = np.argsort(band, kind="stable")
    values, sorted_band = hashes[order], band[order]
    # Equal bands stand side by side: compare each hash with the 1st, 2nd, ... one after it while the band is the same.
    left = np.arange(len(order) - 1)
    step = 1
    while len(left):
        left = left[left + step < len(order)]
        left = left[sorted_band[left] == sorted_band[left + step]]
        near = left[np.bitwise_count(values[left] ^ values[left + step]) <= max_distance]
        yield np.minimum(order[near], order[near + step]), np.maximum(order[near], order[near + step])
        step += 1
