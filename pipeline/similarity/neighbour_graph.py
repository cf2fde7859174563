"""Which pictures are the same: pairs within a distance, the groups they make, and who survives.

Rows are numbered 0..n-1. Rows with equal hashes form one node, so a thousand copies of one picture cost a thousand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.runtime.array_types import Hashes, Indexes
from pipeline.similarity.near_duplicates import BITS, find_distinct, find_pairs

#: Stands for "no survivor": the row is kept.
KEPT = -1
#: Stands for "dropped, and nobody survives in its place".
NOBODY = -2


#: A group of more different hashes is not measured exactly: to compare all with all would take seconds.
MEASURED = 2_000

#: Hashes in which at most so many bits differ from all others tell nothing: any two flat pictures share them.
FLAT_BITS = 4


@dataclass(frozen=True, slots=True)
class NeighbourGraph:
    """Who is near whom: the node of every row, and each node's neighbours with their distances."""

    node: Indexes
    members: list[Indexes]
    neighbours: dict[int, list[tuple[int, int]]]

    def near(self, row: int) -> list[tuple[int, int]]:
        """List the nodes within the distance of a row, as (distance, node), nearest first; its own node included."""
        own = int(self.node[row])
        return [(0, own), *self.neighbours.get(own, ())]

    def alone(self, row: int) -> bool:
        """Return whether no other row is within the distance of this one."""
        own = int(self.node[row])
        return own not in self.neighbours and len(self.members[own]) == 1


def stack_hashes(rows: pd.DataFrame) -> Hashes:
    """Put the hashes of rows side by side: ``hash`` first, then ``turned`` where there is one. (rows, 1 or 8)"""
    plain = rows["hash"].to_numpy(np.uint64)[:, None]
    turned = rows["turned"]
    return plain if turned.isna().any() or rows.empty else np.hstack([plain, np.stack(turned.to_list())])


def find_kinship(hashes: Hashes, max_distance: int, pixels: pd.Series | None = None) -> NeighbourGraph:
    """Find all rows within ``max_distance`` bits of each other.

    Flat pictures are near nothing but what has the very same pixels.

    Args:
        hashes: as ``stack_hashes`` gives them, equal ones allowed. (rows, 1 or 8)
        max_distance: at most so many bits differ between the first hash of one row and any of the other.
        pixels: what is equal where the pixels are. Without it, flat pictures are near nothing. (rows,)
    """
    flat = is_flat(hashes[:, 0], max_distance)
    node = np.empty(len(hashes), dtype=np.int64)
    node[~flat], found = find_near(hashes[~flat], max_distance)
    alike = pixels[flat].factorize()[0] if pixels is not None else np.arange(flat.sum())
    node[flat] = node[~flat].max(initial=-1) + 1 + alike
    return make_kinship(node, *found)


def make_kinship(node: Indexes, first: Indexes, second: Indexes, distance: NDArray[np.uint8]) -> NeighbourGraph:
    """Make the kinship of rows from the node of each, (rows,), and the pairs of neighbouring nodes, each (pairs,)."""
    order = np.argsort(node, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(node))[:-1]) if len(node) else []
    neighbours: dict[int, list[tuple[int, int]]] = {}
    for one, other, apart in zip(first.tolist(), second.tolist(), distance.tolist(), strict=True):
        neighbours.setdefault(one, []).append((apart, other))
        neighbours.setdefault(other, []).append((apart, one))
    for near in neighbours.values():
        near.sort()
    return NeighbourGraph(node, members, neighbours)


def is_flat(hashes: Hashes, max_distance: int) -> NDArray[np.bool_]:
    """Mark the hashes of pictures that show nothing: nearly all bits are the same. (hashes,)

    >>> is_flat(np.array([1 << 63, 2**64 - 1, 0xFF0F], dtype=np.uint64), 4)
    array([ True,  True, False])
    """
    set_bits = np.bitwise_count(hashes)
    flat: NDArray[np.bool_] = np.minimum(set_bits, BITS - set_bits) <= max(FLAT_BITS, max_distance)
    return flat


def find_near(hashes: Hashes, max_distance: int) -> tuple[Indexes, tuple[Indexes, Indexes, NDArray[np.uint8]]]:
    """Number the distinct rows of hashes, and find the pairs of these within ``max_distance``, as ``find_pairs`` does.

    Args:
        hashes: as ``stack_hashes`` gives them. (rows, 1 or 8)
        max_distance: as in ``find_kinship``.

    Returns:
        The node of every row, (rows,), and the pairs of nodes, in order, with their distances.
    """
    if hashes.shape[1] == 1:
        values, node = find_distinct(hashes[:, 0])
        return node, find_pairs(values, max_distance)
    nodes, node = np.unique(hashes, axis=0, return_inverse=True)
    # NumPy 2.0 alone gives the inverse another shape.
    return node.reshape(-1), _find_turned_pairs(nodes, max_distance)


def _find_turned_pairs(nodes: Hashes, max_distance: int) -> tuple[Indexes, Indexes, NDArray[np.uint8]]:
    """Find the pairs of nodes, distinct rows of 8 hashes, with the first hash of one near any hash of the other."""
    values, place = find_distinct(nodes.ravel())
    place = place.reshape(nodes.shape)
    first, second, distance = find_pairs(values, max_distance)
    # Almost every hash is of one node and near no other: joining these with themselves would take most of the time.
    shared = np.bincount(place.ravel(), minlength=len(values)) > 1
    same = np.flatnonzero(shared)
    near = pd.DataFrame(
        {
            "plain": np.concatenate([first, second, same]),
            "any": np.concatenate([second, first, same]),
            "distance": np.concatenate([distance, distance, np.zeros(len(same), np.uint8)]),
        }
    )
    shared[near["plain"]] = True
    a, (b, turn) = np.flatnonzero(shared[place[:, 0]]), np.nonzero(shared[place])
    plain = pd.DataFrame({"plain": place[a, 0], "a": a})
    every = pd.DataFrame({"any": place[b, turn], "b": b})
    pairs = near.merge(plain, on="plain").merge(every.drop_duplicates(), on="any")
    pairs = pairs[pairs["a"] != pairs["b"]]
    ends = np.sort(pairs[["a", "b"]].to_numpy(), axis=1)
    least = pairs.assign(a=ends[:, 0], b=ends[:, 1]).groupby(["a", "b"], sort=True)["distance"].min().reset_index()
    return least["a"].to_numpy(), least["b"].to_numpy(), least["distance"].to_numpy()


def distances(first: Hashes, second: Hashes) -> NDArray[np.uint8]:
    """Count the bits between rows, as ``find_kinship`` does: the first hash of one, any of the other. (rows,)"""
    there = np.bitwise_count(first[:, :1] ^ second).min(axis=1)
    back = np.bitwise_count(first ^ second[:, :1]).min(axis=1)
    nearest: NDArray[np.uint8] = np.minimum(there, back)
    return nearest


def list_pairs(kinship: NeighbourGraph) -> list[tuple[int, int, int]]:
    """List pairs of rows with their distance, in order.

    Two neighbouring nodes give one pair, by their first rows; each further row of a node gives one with its first.
    """
    first = [int(rows[0]) for rows in kinship.members]
    pairs = [(first[n], int(row), 0) for n, rows in enumerate(kinship.members) for row in rows[1:]]
    for node, near in kinship.neighbours.items():
        pairs += [(first[node], first[other], distance) for distance, other in near if node < other]
    return sorted((min(a, b), max(a, b), distance) for a, b, distance in pairs)


def name_groups(rows: int, pairs: Sequence[tuple[int, int]] | Indexes) -> Indexes:
    """Join rows into groups, the connected components of ``pairs``; each is named by its lowest row. (rows,)"""
    ends = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), dtype=bool), (ends[:, 0], ends[:, 1])), shape=(rows, rows))
    count, component = connected_components(graph, directed=False)
    lowest = np.full(count, rows, dtype=np.int64)
    np.minimum.at(lowest, component, np.arange(rows))
    named: Indexes = lowest[component]
    return named


def measure_groups(names: Indexes, hashes: Hashes) -> tuple[Indexes, NDArray[np.uint8], NDArray[np.bool_]]:
    """Count the members of every row's group, and the most bits in which two of their hashes differ.

    Of a group of more than MEASURED different hashes, the diameter is a bound: twice the most bits between one and all
    others.

    Args:
        names: the group of every row, numbered below the number of rows. (rows,)
        hashes: as ``stack_hashes`` gives them. (rows, 1 or 8)

    Returns:
        For each row the number of its group's members, its group's diameter, and whether this is exact, each (rows,).
    """
    members = np.bincount(names, minlength=len(names))[names] if len(names) else names
    diameter, exact = np.zeros(len(names), dtype=np.uint8), np.ones(len(names), dtype=bool)
    order = np.argsort(names, kind="stable")
    order = order[members[order] > 1]
    for rows in np.split(order, np.flatnonzero(np.diff(names[order])) + 1):
        values = np.unique(hashes[rows], axis=0)
        if len(values) > MEASURED:
            centre = _find_centre(values)
            diameter[rows] = min(BITS, 2 * int(distances(centre[None], values).max()))
            exact[rows] = False
        else:
            diameter[rows] = max((int(distances(value[None], values).max()) for value in values), default=0)
    return members, diameter, exact


def _find_centre(values: Hashes) -> Hashes:
    """Find the one that is nearest to what most of them have in each bit."""
    bits = np.unpackbits(values[:, :1].astype(">u8").view(np.uint8), axis=1)
    most = np.packbits(bits.mean(axis=0) > 0.5).view(">u8")[0].astype(np.uint64)
    centre: Hashes = values[np.bitwise_count(values[:, 0] ^ most).argmin()]
    return centre


def find_conflicts(kinship: NeighbourGraph, labels: NDArray[np.int8], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the rows that have a row of the other label within the distance, looking at some rows only. (rows,)"""
    present = [set(labels[rows[among[rows]]].tolist()) for rows in kinship.members]
    conflict = np.zeros(len(labels), dtype=bool)
    for row in np.flatnonzero(among).tolist():
        if not kinship.alone(row):
            conflict[row] = any(present[node] - {int(labels[row])} for _, node in kinship.near(row))
    return conflict


def mark_near(kinship: NeighbourGraph, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the rows that are within the distance of one that is marked, and that one. (rows,)"""
    near = np.zeros(len(marked), dtype=bool)
    for row in np.flatnonzero(marked).tolist():
        for _, node in kinship.near(row):
            near[kinship.members[node]] = True
    return near


#: Tells of a row, and of the label of another one that is near and stays, whether the row goes for it.
Yields = Callable[[int, int], bool]


def choose_survivors(
    kinship: NeighbourGraph, preference: Indexes, labels: NDArray[np.int8], yields: Yields = lambda *_: True
) -> Indexes:
    """Choose which rows stay.

    Going through the rows from the most preferred to the least, a row stays unless it yields to one that stays already
    within the distance: so whoever is dropped has its survivor within the distance, and a chain keeps more than one.

    Args:
        kinship: who is near whom.
        preference: all rows to choose from, the most preferred first.
        labels: those of all rows. (rows,)
        yields: as its type says; without it, every row goes.

    Returns:
        For each row KEPT, NOBODY when it was not to choose from, or the row that survives in its place, the nearest
        one. (rows,)
    """
    survivor = np.full(len(kinship.node), NOBODY, dtype=np.int64)
    # Of each node the first of each label: of a thousand copies that all stay, whoever goes, goes for that one.
    staying: dict[int, dict[int, int]] = {}
    for row in preference.tolist():
        survivor[row] = KEPT
        if not kinship.alone(row):
            near = (first for _, node in kinship.near(row) for first in staying.get(node, {}).items())
            survivor[row] = next((other for label, other in near if yields(row, label)), KEPT)
            if survivor[row] == KEPT:
                staying.setdefault(int(kinship.node[row]), {}).setdefault(int(labels[row]), row)
    return survivor
