"""Which test pictures stand in the data more than once: a test counts them, a test without duplicates does not.

A data set's own test stays whole, with what is repeated in it. Its training pictures that are like a test picture
were dropped, so ours is no leak; but who trained on the data set as it is has seen these.
"""

import numpy as np
import pandas as pd

from pipeline.similarity.neighbour_graph import KEPT, choose_survivors, find_kinship, stack_hashes


def mark_repeats(test: pd.DataFrame, dropped: pd.DataFrame, max_distance: int) -> pd.DataFrame:
    """Mark the test pictures that repeat another one.

    Args:
        test: the pictures of the test, with their key and hashes.
        dropped: what ``deduplicate`` dropped, with hashes and ``official_split``.
        max_distance: in bits, as in ``find_kinship``.

    Returns:
        The test in the same order, with ``repeats_test``: a picture within the distance stays in the test already,
        by source and rank; and ``repeats_train``: one within the distance was in a data set's own train.
    """
    seen = dropped[dropped["official_split"] == "train"]
    both = pd.concat([test, seen], ignore_index=True)
    kinship = find_kinship(stack_hashes(both), max_distance)
    here = np.arange(len(both)) < len(test)
    in_order = both[here].sort_values(["source", "rank"]).index.to_numpy()
    # A label is no matter here.
    survivor = choose_survivors(kinship, in_order, np.zeros(len(both), np.int8))
    like_seen = [
        any((~here[kinship.members[node]]).any() for _, node in kinship.near(row)) for row in range(len(test))
    ]
    return test.assign(repeats_test=survivor[: len(test)] != KEPT, repeats_train=np.array(like_seen, dtype=bool))
