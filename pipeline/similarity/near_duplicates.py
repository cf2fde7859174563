"""Exact search for all pairs of 64-bit hashes within a Hamming distance, without comparing all with all.

Cut the 64 bits into m blocks. Two hashes that differ in at most d bits agree wholly on at least m-d of the blocks.
Deal the blocks into g groups: where m-d > g(k-1), some group has k blocks on which they agree. So for each choice of k
blocks of one group it is enough to compare hashes that are equal on these: sorted with the chosen bits in front, they
stand side by side. More chosen bits mean fewer strangers to compare, but more choices, each of them a sort.
(Manku, Jain, Das Sarma: Detecting near-duplicates for web crawling, WWW 2007, section 3, has one group.)

Choices that share their first block begin with the same sort by it. Hashes that are equal on this block then stand
together, so that the rest is done in slices that fit into a processor's cache.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise
from math import comb, sqrt

import numpy as np
from numpy.typing import NDArray

from pipeline.runtime.array_types import Hashes, Indexes
from pipeline.runtime.work import cores

BITS = 64

#: So many hashes are sorted and compared at a time: 1 MiB of them. With fewer, threads wait for each other.
SLICE = 2**17

#: What it takes to sort a slice, in passes that compare each of its hashes with one other. Measured: 22 ns, 1.7 ns.
SORT_PASSES = 13

#: A pass over all hashes of a slice is faster than picking those that have more to be compared with, until these are
#: fewer than one in so many.
SPARSE = 16

#: The lowest bit and the number of bits.
Block = tuple[int, int]
#: All blocks, the one of the highest bits first.
Layout = list[Block]
#: How far to move the bits of each mask, upwards where above 0.
Moves = list[tuple[int, np.uint64]]


@dataclass(frozen=True, slots=True)
class Plan:
    """The blocks of every group, and how many of one group are chosen."""

    groups: list[Layout]
    chosen: int

    def layout(self) -> Layout:
        """Return all blocks in the order in which they stand in a hash."""
        return [block for group in self.groups for block in group]

    def choices(self) -> Iterator[list[Layout]]:
        """Return all choices, those together that share their first block."""
        for group in self.groups:
            for place in range(len(group) - self.chosen + 1):
                yield [[group[place], *rest] for rest in combinations(group[place + 1 :], self.chosen - 1)]


@dataclass(frozen=True, slots=True)
class Table:
    """How to bring the chosen bits to the front and back to where they were, and how many they are."""

    there: Moves
    back: Moves
    bits: int


def find_distinct(hashes: Hashes) -> tuple[Hashes, Indexes]:
    """Return the distinct hashes in order, and the place of each hash among them, as ``np.unique`` does; (n,).

    Sorted by their first 16 bits, then slice by slice, 10,000,000 random ones take a third of its time.
    """
    if len(hashes) <= SLICE:
        values, place = np.unique(hashes, return_inverse=True)
        return values, place
    order = np.argsort((hashes >> np.uint64(BITS - 16)).astype(np.uint16), kind="stable")
    ordered = hashes[order]

    def finish(edges: tuple[int, int]) -> None:
        here = slice(*edges)
        within = np.argsort(ordered[here])
        ordered[here], order[here] = ordered[here][within], order[here][within]

    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(finish, pairwise(_edges(ordered, 16))))
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    place = np.empty(len(hashes), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    return ordered[new], place


def find_pairs(hashes: Hashes, max_distance: int) -> tuple[Indexes, Indexes, NDArray[np.uint8]]:
    """Find all pairs of distinct hashes within ``max_distance`` bits.

    Args:
        hashes: distinct 64-bit hashes in ascending order, (n,), as ``find_distinct`` gives them. n equal ones would be
            n² pairs.
        max_distance: at most this many bits differ; 0 finds nothing, as the hashes are distinct.

    Returns:
        The two members' indexes (first < second, pairs in order) and their distances, each (pairs,).
    """
    found = [np.empty((0, 2), dtype=np.uint64)]
    if max_distance and len(hashes) > 1:
        plan = make_plan(len(hashes), max_distance)
        # NumPy lets go of the interpreter while it sorts and compares, so threads are enough.
        with ThreadPoolExecutor(cores()) as pool:
            for slices, tables in pool.map(partial(_prepare, hashes, plan.layout()), plan.choices()):
                found += pool.map(partial(_search, tables, max_distance), slices)
    values, place = np.unique(np.concatenate(found), return_inverse=True)
    pairs = np.sort(np.searchsorted(hashes, values)[place.reshape(-1, 2)], axis=1)
    # A pair that agrees on several choices is found once for each.
    first, second = np.divmod(np.unique(pairs[:, 0] * len(hashes) + pairs[:, 1]), max(1, len(hashes)))
    return first, second, np.bitwise_count(hashes[first] ^ hashes[second])


def make_plan(count: int, distance: int) -> Plan:
    """Plan the search for the least work, were the hashes random."""
    plans = [
        _deal(blocks, (blocks - distance - 1) // (chosen - 1) if chosen > 1 else blocks, chosen)
        for blocks in range(distance + 1, min(BITS, 2 * distance + 4) + 1)
        for chosen in range(1, min(blocks - distance, 5) + 1)
    ]
    return min(plans, key=lambda plan: _cost(plan, count))


def _deal(blocks: int, groups: int, chosen: int) -> Plan:
    edges = [BITS * i // blocks for i in range(blocks, -1, -1)]
    layout = [(low, high - low) for high, low in pairwise(edges)]
    ends = [blocks * i // groups for i in range(groups + 1)]
    return Plan([layout[start:end] for start, end in pairwise(ends)], chosen)


def _cost(plan: Plan, count: int) -> float:
    """Estimate the passes over all hashes: for each choice a sort, and as many as hashes share the chosen bits."""
    shared = count / 2 ** (BITS * plan.chosen / sum(map(len, plan.groups)))
    tables = sum(comb(len(group), plan.chosen) for group in plan.groups)
    return tables * (SORT_PASSES + 1 + shared + 2 * sqrt(shared))


def _prepare(hashes: Hashes, layout: Layout, choices: list[Layout]) -> tuple[list[Hashes], list[Table]]:
    """Sort by the choices' first block; cut where it changes."""
    first = choices[0][0]
    front = _in_front(layout, [first])
    ordered = _rearrange(hashes, _moves(layout, front))
    ordered.sort()
    tables = []
    for choice in choices:
        moved = _in_front(layout, choice)
        tables.append(Table(_moves(front, moved), _moves(moved, layout), sum(width for _, width in choice)))
    return [ordered[start:end] for start, end in pairwise(_edges(ordered, first[1]))], tables


def _edges(ordered: Hashes, bits: int) -> list[int]:
    """Cut hashes that are sorted by their first bits into slices, where these bits change."""
    first = ordered >> np.uint64(BITS - bits)
    return [*np.unique(np.searchsorted(first, first[::SLICE])).tolist(), len(ordered)]


def _search(tables: list[Table], distance: int, part: Hashes) -> Hashes:
    """Compare the hashes of a slice that are equal on the chosen bits of a table; give the pairs, (pairs, 2)."""
    found = []
    for table in tables:
        ordered = _rearrange(part, table.there)
        ordered.sort()
        found.append(_rearrange(np.concatenate(list(_compare(ordered, table.bits, distance))), table.back))
    return np.concatenate(found)


def _compare(ordered: Hashes, bits: int, distance: int) -> Iterator[Hashes]:
    """Compare each hash with the 1st, 2nd, ... one after it, for as long as the first bits are the same."""
    bound = np.uint64(1 << (BITS - bits))
    left = np.arange(len(ordered))
    step = 0
    while step + 1 < len(ordered) and len(left) * SPARSE > len(ordered):
        step += 1
        differing = ordered[step:] ^ ordered[:-step]
        near = np.flatnonzero(np.bitwise_count(differing) <= distance)
        yield np.stack([ordered[near], ordered[near + step]], axis=1)
        left = np.flatnonzero(differing < bound)
    while len(left):
        step += 1
        left = left[left + step < len(ordered)]
        differing = ordered[left] ^ ordered[left + step]
        near = left[np.bitwise_count(differing) <= distance]
        yield np.stack([ordered[near], ordered[near + step]], axis=1)
        left = left[differing < bound]


def _in_front(layout: Layout, chosen: Layout) -> Layout:
    return [*chosen, *(block for block in layout if block not in chosen)]


def _moves(old: Layout, new: Layout) -> Moves:
    """Return how the blocks get from one order into the other; those that go equally far go together."""
    masks: dict[int, int] = {}
    before, after = _places(old), _places(new)
    for block in old:
        by = after[block] - before[block]
        masks[by] = masks.get(by, 0) | ((1 << block[1]) - 1) << before[block]
    return [(by, np.uint64(mask)) for by, mask in masks.items()]


def _places(layout: Layout) -> dict[Block, int]:
    places, place = {}, BITS
    for block in layout:
        place -= block[1]
        places[block] = place
    return places


def _rearrange(hashes: Hashes, moves: Moves) -> Hashes:
    moved = np.zeros_like(hashes)
    for by, mask in moves:
        bits = hashes & mask
        moved |= bits << np.uint64(by) if by > 0 else bits >> np.uint64(-by)
    return moved
