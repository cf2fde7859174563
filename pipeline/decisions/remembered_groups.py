"""Groups of which pictures were forgotten: those that are left stay together, under the name that their group had.

A group's name decides on the split of its members, so none of them may change it.
"""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pipeline.runtime.array_types import Indexes

from pipeline.decisions.tombstones import Groups

NONE: Groups = MappingProxyType({})


def join_remembered(ids: Sequence[str], remembered: Groups) -> list[tuple[int, int]]:
    """List pairs of rows that a remembered group holds together: the first one with each other one.

    >>> join_remembered(["a", "b", "c"], {"gone": ["a", "c"]})
    [(0, 2)]
    """
    of = {member: name for name, members in sorted(remembered.items()) for member in members}
    first: dict[str, int] = {}
    places = ((place, of[picture]) for place, picture in enumerate(ids) if picture in of)
    return [(first[name], place) for place, name in places if first.setdefault(name, place) != place]


def name_remembered(ids: Sequence[str], names: Indexes, remembered: Groups) -> NDArray[np.object_]:
    """Name every row's group by the id of its first member, or as the group was called that is remembered.

    Args:
        ids: of every row.
        names: the first member of every row's group. (rows,)
        remembered: the ids of the members that are left, by the group's name.
    """
    of = {member: name for name, members in remembered.items() for member in members}
    named = np.array(ids, dtype=object)
    called = {int(names[row]): of[picture] for row, picture in enumerate(ids) if picture in of}
    for first, name in called.items():
        named[first] = name
    return named[names]
