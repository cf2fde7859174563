"""The curves that training and evaluation left of recipes, those of several in one table."""

from collections.abc import Sequence

import pandas as pd

from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths


def read_curves(paths: Paths, recipes: Sequence[str], name: str) -> pd.DataFrame:
    """Read a table of ``plots`` of some recipes, one below the other: its columns, and ``kind``, the recipe.

    Raises:
        StageMissingError: a recipe was not evaluated, or what that left is damaged.
    """
    return pd.concat([_read(paths, recipe, name).assign(kind=recipe) for recipe in recipes], ignore_index=True)


def read_epochs(paths: Paths, recipes: Sequence[str], metric: str) -> pd.DataFrame:
    """Read a metric by ``epoch``: its ``value`` on which pictures, the column ``part``, and ``kind``, the recipe.

    Raises:
        StageMissingError: as ``read_curves``.
    """
    return read_curves(paths, recipes, metric).melt(["epoch", "kind"], var_name="part")


def _read(paths: Paths, recipe: str, name: str) -> pd.DataFrame:
    file = paths.results(recipe) / "plots" / f"{name}.csv"
    try:
        return pd.read_csv(file)
    except (OSError, ValueError) as error:
        raise StageMissingError(file, f"evaluate@{recipe}") from error
