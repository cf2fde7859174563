"""Search for pictures that may be copies of each other: the whole of one is like the whole or a part of the other.

Locality-sensitive hashing (Indyk and Motwani: Approximate nearest neighbors, STOC 1998): each of some tables takes
some bits of a hash as its key, and only hashes of one key are compared. Two hashes of which d of 63 bits differ have
the same key in one table with a probability of about (1 - d/63)^20, and one of 40 tables is enough.

Work and findings grow with the number of pictures, not with its square, however often one of them stands there: a
hash is compared with the first ones of its key only, and its partners in a table are the first ones that are near.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pipeline.hashing.views import MIRROR
from pipeline.runtime.array_types import Hashes, Indexes
from pipeline.runtime.work import cores

TABLES, KEY_BITS, SEED = 40, 20, 42
#: Of fewer hashes, keys are found faster by bisection than by a table of where each key begins.
FEW = 2**17
#: Bits that differ between hashes at all: the highest one is none.
USED = 63
#: With so many of its key a hash is compared, and so many partners are taken from a table.
COMPARED, PARTNERS = 64, 3


@dataclass(frozen=True, slots=True)
class Hashed:
    """Hashes of views, and the number of the picture that each is of; each (views,)."""

    hashes: Hashes
    owner: NDArray[np.int32]


def find_candidates(asked: Hashed, every: Hashed, distance: int) -> tuple[Indexes, Indexes]:
    """Find pairs of pictures, of which an asked view of one, as it is or mirrored, is near any view of the other.

    Args:
        asked: of all pictures those views that are looked for.
        every: of all pictures all views.
        distance: at most so many bits differ.

    Returns:
        The two numbers of each pair, the lower one first, in order.
    """
    asked = Hashed(np.concatenate([asked.hashes, asked.hashes ^ MIRROR]), np.tile(asked.owner, 2))
    with ThreadPoolExecutor(cores()) as pool:
        found = list(pool.map(partial(_search, asked, every, distance), draw_keys()))
    pairs = np.unique(np.concatenate(found)).astype(np.int64)
    return pairs >> 32, pairs & (2**32 - 1)


def draw_keys() -> Iterator[NDArray[np.uint64]]:
    """Draw the bits of each table's key, every bit about as often: their places, (KEY_BITS,)."""
    rng = np.random.default_rng(SEED)
    rounds = -(-TABLES * KEY_BITS // USED)
    drawn = np.concatenate([rng.permutation(USED) for _ in range(rounds)]).astype(np.uint64)
    for table in range(TABLES):
        yield drawn[KEY_BITS * table : KEY_BITS * (table + 1)]


def _key(hashes: Hashes, bits: NDArray[np.uint64]) -> Hashes:
    key = np.zeros(len(hashes), dtype=np.uint64)
    for place, bit in enumerate(bits):
        key |= (hashes >> bit & np.uint64(1)) << np.uint64(place)
    return key


def _search(asked: Hashed, every: Hashed, distance: int, bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Search with one table; each pair is a number, the lower owner's in its upper half."""
    # Numbers behind keys: to sort these is a quarter of the time of finding an order.
    keyed = np.sort(_key(every.hashes, bits) << np.uint64(32) | np.arange(len(every.hashes), dtype=np.uint64))
    order = (keyed & np.uint64(2**32 - 1)).astype(np.int64)
    keys = (keyed >> np.uint64(32)).astype(np.int64)
    hashes, owner = every.hashes[order], every.owner[order]
    own = _key(asked.hashes, bits).astype(np.int64)
    if len(keys) < FEW:
        start, end = np.searchsorted(keys, own), np.searchsorted(keys, own, side="right")
    else:
        edges = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=1 << KEY_BITS))])
        start, end = edges[own], edges[own + 1]
    left = np.flatnonzero(end > start)
    partners = np.zeros(len(own), dtype=np.uint8)
    found = [np.empty(0, np.uint64)]
    for step in range(COMPARED):
        left = left[(start[left] + step < end[left]) & (partners[left] < PARTNERS)]
        at = start[left] + step
        near = np.bitwise_count(hashes[at] ^ asked.hashes[left]) <= distance
        near &= owner[at] != asked.owner[left]
        partners[left[near]] += 1
        one, two = asked.owner[left[near]].astype(np.uint64), owner[at[near]].astype(np.uint64)
        found.append(np.minimum(one, two) << np.uint64(32) | np.maximum(one, two))
    return np.unique(np.concatenate(found))
