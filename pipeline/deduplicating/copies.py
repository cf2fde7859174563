"""Which pictures are copies of each other, and which might be: hashes propose pairs, the pixels decide.

Proposed are pairs whose hash, the one that ``params.yaml`` names, differs in at most ``max_distance`` bits, and those
of which the whole of one, or it without a bar at the
bottom, differs from a view of the other in at most twice as many. Each is looked at
(``parts/confirmation.py``). What is confirmed are copies. What is not, but was proposed by the named hash or looks
much alike, might be.

Of pictures that are copies in a chain, each is looked at beside the one that would stay of them all: so a picture of
which there are thousands costs thousands, and whoever goes is a copy of the one that stays in its place.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.deduplicating.aligning import Aligned, align
from pipeline.deduplicating.candidates import find_candidates
from pipeline.deduplicating.confirmation import ALIKE, look
from pipeline.deduplicating.deduplicate_settings import Deduplicate
from pipeline.deduplicating.viewed import ASKED, Viewed
from pipeline.runtime.array_types import Hashes, Indexes
from pipeline.runtime.work import cores
from pipeline.similarity.neighbour_graph import (
    NeighbourGraph,
    distances,
    find_near,
    is_flat,
    make_kinship,
    name_groups,
)

#: Views are near within so many times the bits of ``max_distance``, and never beyond so many: from there on most of
#: what is near are strangers.
FURTHER, FURTHEST = 2, 10

#: Pairs whose low frequencies are less alike are strangers.
PLAUSIBLE = 0.75

#: Pairs that are aligned together, and those laid over each other together: these fit into a processor's cache.
ALIGNED, LOOKED = 8_192, 64


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows, the lower first, in order, and what the second look found: each (pairs,).

    Of those with the same pixels nothing was looked at: no cell counted. ``alike`` are those that may be copies at
    least.
    """

    first: Indexes
    second: Indexes
    agreeing: NDArray[np.uint8]
    detailed: NDArray[np.uint8]
    alike: NDArray[np.bool_]
    confirmed: NDArray[np.bool_]

    def some(self, wanted: NDArray[np.bool_] | Indexes) -> "Pairs":
        """Return some of them, or all in another order."""
        return Pairs(*(getattr(self, name)[wanted] for name in Pairs.__slots__))

    def join(self, other: "Pairs") -> "Pairs":
        """Put others behind them."""
        return Pairs(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in Pairs.__slots__))


@dataclass(frozen=True, slots=True)
class Copies:
    """All ``pairs``, and the kinship of rows that the confirmed ones make."""

    pairs: Pairs
    kinship: NeighbourGraph


def find_copies(
    hashes: Hashes, pixels: pd.Series, viewed: Viewed, preference: Indexes, settings: Deduplicate
) -> Copies:
    """Find the copies among screened pictures.

    Args:
        hashes: as ``stack_hashes`` gives them. (rows, 1 or 8)
        pixels: what is equal where the pixels are. (rows,)
        viewed: the views of the same rows.
        preference: all rows, whoever would stay first. (rows,)
        settings: of the stage.
    """
    node, names = pixels.factorize()
    firsts = np.full(len(names), len(node), dtype=np.int64)
    np.minimum.at(firsts, node, np.arange(len(node)))
    named = _propose_by_hash(hashes, firsts, settings.max_distance)
    by_views = _propose_by_views(viewed, firsts, settings.max_distance)
    seen = _look_at(viewed, np.union1d(named, by_views), settings.orientations)
    places = np.empty(len(node), dtype=np.int64)
    places[preference] = np.arange(len(node))
    seen = seen.join(_look_at(viewed, _around_centres(seen, places, node, firsts), settings.orientations))
    # What neither was confirmed nor proposed by the hash that was asked for, nor looks alike, is no pair.
    kept = seen.alike | np.isin(_join(seen.first, seen.second), named)
    pairs = _order(seen.some(kept).join(_same_pixels(node, firsts)))
    return Copies(pairs, find_confirmed_kinship(pairs, node, hashes))


def find_confirmed_kinship(pairs: Pairs, node: Indexes, hashes: Hashes) -> NeighbourGraph:
    """Make the kinship of rows of the confirmed pairs; rows of one node have the same pixels."""
    sure = pairs.some(pairs.confirmed & (node[pairs.first] != node[pairs.second]))
    bits = distances(hashes[sure.first], hashes[sure.second])
    return make_kinship(node, node[sure.first], node[sure.second], bits)


def _join(first: Indexes, second: Indexes) -> Indexes:
    """Name a pair of rows by one number."""
    return np.minimum(first, second) << 32 | np.maximum(first, second)


def _propose_by_hash(hashes: Hashes, rows: Indexes, max_distance: int) -> Indexes:
    """Propose pairs of some rows by the hash that is asked for; pictures that show nothing are near nothing."""
    busy = rows[~is_flat(hashes[rows, 0], max_distance)]
    node, (first, second, _) = find_near(hashes[busy], max_distance)
    lowest = np.full(node.max(initial=-1) + 1, len(hashes), dtype=np.int64)
    np.minimum.at(lowest, node, busy)
    same = lowest[node] != busy
    return np.concatenate([_join(lowest[first], lowest[second]), _join(lowest[node[same]], busy[same])])


def _propose_by_views(viewed: Viewed, rows: Indexes, max_distance: int) -> Indexes:
    bits = min(FURTHER * max_distance, FURTHEST)
    every = range(viewed.hashes.shape[1])
    return _join(*find_candidates(viewed.give(rows, ASKED), viewed.give(rows, every), bits))


def _look_at(viewed: Viewed, pairs: Indexes, turned: bool) -> Pairs:
    """Look at pairs, some at a time."""
    none, no, never = np.empty(0, np.int64), np.empty(0, np.uint8), np.empty(0, dtype=bool)
    done = Pairs(none, none, no, no, never, never)
    for start in range(0, len(pairs), ALIGNED):
        some = pairs[start : start + ALIGNED]
        first, second = some >> 32, some & (2**32 - 1)
        done = done.join(_decide(first, second, align(viewed, first, second, turned)))
    return done


def _decide(first: Indexes, second: Indexes, aligned: Aligned) -> Pairs:
    agreeing, detailed = (np.zeros(len(first), dtype=np.uint8) for _ in range(2))
    alike, confirmed = (np.zeros(len(first), dtype=bool) for _ in range(2))
    plausible = np.flatnonzero(aligned.likeness >= PLAUSIBLE)

    def compare(here: Indexes) -> None:
        seen = look(aligned.fixed[here], aligned.moving[here], aligned.maps[here], aligned.placed[here])
        agreeing[here], detailed[here] = seen.agreeing, seen.detailed
        alike[here], confirmed[here] = seen.copies | (seen.correlation >= ALIKE), seen.copies

    # NumPy lets go of the interpreter in most of what it does here.
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(compare, _cut(plausible, LOOKED)))
    return Pairs(first, second, agreeing, detailed, alike, confirmed)


def _cut(rows: Indexes, size: int) -> Iterator[Indexes]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _around_centres(seen: Pairs, places: Indexes, node: Indexes, firsts: Indexes) -> Indexes:
    """List the pairs, not looked at yet, of each confirmed component's members with the one that would stay of it."""
    sure = seen.some(seen.confirmed)
    component = name_groups(len(node), np.stack([sure.first, sure.second], axis=1))
    members = np.unique(np.concatenate([sure.first, sure.second]))
    # Whoever stays of a picture stands for all with its pixels.
    best = np.full(len(firsts), len(places), dtype=np.int64)
    np.minimum.at(best, node, places)
    order = members[np.lexsort((best[node[members]], component[members]))]
    starts = np.flatnonzero(np.diff(component[order], prepend=-1))
    centre = np.repeat(order[starts], np.diff(np.append(starts, len(order))))
    wanted = np.unique(_join(centre, order)[centre != order])
    return np.setdiff1d(wanted, _join(seen.first, seen.second))


def _same_pixels(node: Indexes, firsts: Indexes) -> Pairs:
    rows = np.flatnonzero(firsts[node] != np.arange(len(node)))
    none = np.zeros(len(rows), dtype=np.uint8)
    sure = np.ones(len(rows), dtype=bool)
    return Pairs(firsts[node[rows]], rows, none, none, sure, sure)


def _order(pairs: Pairs) -> Pairs:
    return pairs.some(np.lexsort((pairs.second, pairs.first)))
