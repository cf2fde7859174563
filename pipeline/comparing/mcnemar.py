"""McNemar's test: do two detectors, asked about the same pictures, differ by more than chance?"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import pandas as pd
from scipy.stats import binom

from pipeline.evaluation.metrics import call

KEY = ["source", "rank", "id"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two recipes on the test pictures that they share: how many only one of them calls rightly, and the p-value.

    ``only_in_first`` and ``only_in_second`` count pictures of one test that the other has not. Without shared
    pictures there is no ``p``.
    """

    first: str
    second: str
    shared: int
    only_in_first: int
    only_in_second: int
    first_right: int
    second_right: int
    p: float | None


def mid_p(first: int, second: int) -> float:
    """Return the two-sided mid-p value of McNemar's test from the two counts of discordant pictures.

    It holds for few pictures as for many. Fagerland, Lydersen and Laake, "The McNemar test for binary matched-pairs
    data: mid-p and asymptotic are better than exact conditional", BMC Medical Research Methodology 13:91 (2013).

    >>> round(mid_p(1, 9), 4), mid_p(0, 0), round(mid_p(3, 3), 4)
    (0.0117, 1.0, 0.8438)
    """
    count, least = first + second, min(first, second)
    point = float(binom.pmf(least, count, 0.5))
    if first == second:
        return 1 - point / 2 if count else 1.0
    return float(2 * binom.cdf(least, count, 0.5)) - point


def compare_pairs(scores: Mapping[str, pd.DataFrame]) -> list[Pair]:
    """Compare every two recipes: by name, rows of ``KEY``, ``label``, ``score`` and ``threshold``."""
    return [_compare(first, second, scores) for first, second in combinations(scores, 2)]


def _compare(first: str, second: str, scores: Mapping[str, pd.DataFrame]) -> Pair:
    both = _rightly(scores[first]).merge(_rightly(scores[second]), on=KEY, validate="one_to_one")
    one, other = (both["right_x"] & ~both["right_y"]).sum(), (both["right_y"] & ~both["right_x"]).sum()
    return Pair(
        first,
        second,
        len(both),
        len(scores[first]) - len(both),
        len(scores[second]) - len(both),
        int(one),
        int(other),
        mid_p(int(one), int(other)) if len(both) else None,
    )


def _rightly(rows: pd.DataFrame) -> pd.DataFrame:
    called = call(rows["score"].to_numpy(), float(rows["threshold"].iloc[0]))
    return rows[KEY].assign(right=called == rows["label"].to_numpy())
