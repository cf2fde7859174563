"""What the comparison says of each recipe, from the scores that ``evaluate`` wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.evaluation.metrics import measure
from pipeline.evaluation.operating_points import measure_ranking
from pipeline.evaluation.seed_summary import Run, measure_seeds
from pipeline.runtime.paths import Paths
from pipeline.storage.tables import read_table


@dataclass(frozen=True, slots=True)
class ComparedRecipe:
    """A recipe's figures on its own test; with several seeds, the mean of their accuracies and its deviation."""

    name: str
    pictures: int
    accuracy: float
    low: float
    high: float
    precision: float
    recall: float
    roc_auc: float
    threshold: float
    seeds: int
    mean: float | None
    deviation: float | None


def read_scores(paths: Paths, recipes: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Read the scores of recipes, of all their seeds.

    Raises:
        StageMissingError: one was not evaluated.
    """
    return {name: read_table(paths.scores(name), f"evaluate@{name}").to_pandas() for name in recipes}


def keep(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the model that was kept."""
    return scores[scores["kept"]]


def make_entry(name: str, scores: pd.DataFrame) -> ComparedRecipe:
    """Measure a recipe by its scores."""
    kept = keep(scores)
    figures = measure(kept, float(kept["threshold"].iloc[0]))
    runs = [
        Run(int(rows["seed"].iloc[0]), bool(rows["kept"].iloc[0]), float(rows["threshold"].iloc[0]), rows)
        for _, rows in scores.groupby("seed")
    ]
    several = measure_seeds(runs) if len(runs) > 1 else None
    return ComparedRecipe(
        name,
        figures["pictures"],
        figures["accuracy"],
        figures["accuracy_low"],
        figures["accuracy_high"],
        figures["precision"],
        figures["recall"],
        measure_ranking(kept["label"].to_numpy(), kept["score"].to_numpy())["roc_auc"],
        figures["threshold"],
        len(runs),
        several["mean"]["accuracy"] if several else None,
        several["deviation"]["accuracy"] if several else None,
    )
