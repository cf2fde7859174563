"""Which pictures of a split are too many: both classes get as many, and on request all sources of a class too."""

from typing import Any

import numpy as np
import pandas as pd

from pipeline.runtime.errors import EmptySplitError
from pipeline.sampling.draws import draw
from pipeline.splitting.placing import SPLITS
from pipeline.splitting.split_settings import Split
from pipeline.storage.labels import Label


def choose_surplus(placed: pd.DataFrame, settings: Split, seed: int) -> list[Any]:
    """Choose the rows that go, by their index.

    A data set's own test stays whole, so a test may keep some imbalance.

    Raises:
        EmptySplitError: a split has no picture of one class, or fewer than the recipe asks for.
    """
    surplus: list[Any] = []
    for split in SPLITS:
        parts = {label: _parts(placed, split, label, settings) for label in Label}
        each = _size_of_class(parts, split, settings)
        for rows in parts.values():
            for number, part in enumerate(rows):
                share = (each + len(rows) - 1 - number) // len(rows)
                surplus += _last(part, len(part) - share, settings, seed)
    return surplus


def _parts(placed: pd.DataFrame, split: str, label: Label, settings: Split) -> list[pd.DataFrame]:
    """Return one class of a split whole, or cut by source where the sources are balanced."""
    rows = placed[(placed["split"] == split) & (placed["label"] == label)]
    if rows.empty:
        raise EmptySplitError(f"split {split} has no {label.name} picture; add sources or raise their limits")
    if settings.balance == "class":
        return [rows]
    return [part for _, part in rows.groupby("source", sort=True)]


def _size_of_class(parts: dict[Label, list[pd.DataFrame]], split: str, settings: Split) -> int:
    """Return how many pictures each class gets: as many as the poorer one can give, or as many as are asked for."""
    offered = {label: len(rows) * min(map(len, rows)) for label, rows in parts.items()}
    if settings.counts is None:
        return min(offered.values())
    wanted = settings.counts.of(split)
    for label, count in offered.items():
        if count < wanted:
            raise EmptySplitError(
                f"split {split} can have {count:,} {label.name} pictures and the recipe asks for {wanted:,}; add "
                "sources, raise their limits, or ask for less (places are drawn, so some more than the sum are needed)"
            )
    return wanted


def _last(part: pd.DataFrame, count: int, settings: Split, seed: int) -> list[Any]:
    """Choose ``count`` rows by the draws of their names; those of an official test are not to be chosen."""
    fixed = (part["split"] == "test") & (part["official_split"] == "test") & (settings.strategy == "official")
    mine = part[~fixed]
    drawn = [draw(seed, "balance", *key) for key in zip(mine["source"], mine["rank"], strict=True)]
    chosen: list[Any] = mine.index[np.argsort(drawn)[max(0, len(drawn) - max(0, count)) :]].tolist()
    return chosen
