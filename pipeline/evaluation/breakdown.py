"""Figures of parts of a test: by class, source, keyword, generator, size and split, and of what was held out."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import pandas as pd
from sklearn.metrics import roc_auc_score

from pipeline.evaluation.metrics import count_right
from pipeline.splitting.split_settings import Holdout
from pipeline.storage.labels import Label

#: Bounds of the size classes: pixels of an original's shorter side.
SIZES = (64, 128, 256, 512, 1024)

#: What ``placed_by`` says of pictures that the recipe kept from training.
HELD_OUT = "held-out"

Figures = dict[str, Any]


def name_size(side: int) -> str:
    """Name the size class of a picture by its shorter side in pixels.

    >>> name_size(32), name_size(64), name_size(300), name_size(4000)
    ('under 64 pixels', '64 to 127 pixels', '256 to 511 pixels', '1,024 pixels and more')
    """
    place = bisect_right(SIZES, side)
    if place == 0:
        return f"under {SIZES[0]} pixels"
    if place == len(SIZES):
        return f"{SIZES[-1]:,} pixels and more"
    return f"{SIZES[place - 1]} to {SIZES[place] - 1:,} pixels"


def break_down(predictions: pd.DataFrame, threshold: float) -> dict[str, dict[str, Figures]]:
    """Measure every part of a test by what is known of its pictures; a kind of which nothing is known is left out.

    The rows have ``label`` and ``score``, and what ``pipeline.evaluation.test_facts`` joins to a test's manifest.
    """
    side = predictions[["width", "height"]].min(axis=1)
    kinds = {
        "class": predictions["label"].map({label.value: label.name for label in Label}),
        "source": predictions["source"],
        "keyword": predictions["query"],
        "generator": predictions["generator"],
        "size": side.sort_values().map(name_size),
        "split": predictions["official_split"].notna().map({True: "official", False: "other"}),
    }
    parts = {
        kind: {
            str(name): measure_part(predictions, predictions.loc[rows.index], threshold)
            for name, rows in names.groupby(names, sort=kind != "size")
        }
        for kind, names in kinds.items()
    }
    return {kind: rows for kind, rows in parts.items() if rows}


def measure_part(whole: pd.DataFrame, part: pd.DataFrame, threshold: float) -> Figures:
    """Measure a part of a test: ``count_right``, and ``roc_auc``.

    Where all of the part are of one class, they are ranked against the whole test's pictures of the other one.
    """
    missing = whole[~whole["label"].isin(part["label"].unique())]
    ranked = pd.concat([part[["label", "score"]], missing[["label", "score"]]])
    return {**count_right(part, threshold), "roc_auc": float(roc_auc_score(ranked["label"], ranked["score"]))}


def find_worst(breakdown: Mapping[str, Mapping[str, Figures]]) -> Figures:
    """Find the part of which it is surest that it is called badly: whose interval ends lowest.

    So a handful of pictures, of which two happen to be called wrongly, does not stand for a failure. Of parts that
    hold the same pictures the first is named; a kind with one part only says nothing.
    """
    rows = [
        {"by": kind, "name": name, **row}
        for kind, parts in breakdown.items()
        if len(parts) > 1
        for name, row in parts.items()
    ]
    return min(rows, key=lambda row: row["accuracy_high"])


def measure_held_out(predictions: pd.DataFrame, threshold: float, holdout: Holdout) -> dict[str, Figures]:
    """Measure what the recipe kept from training, each source and generator by itself, beside all the rest.

    The rows have ``placed_by`` besides. Nothing where nothing was held out.
    """
    held = predictions["placed_by"] == HELD_OUT
    if not held.any():
        return {}
    parts = {
        "all that was not held out": predictions[~held],
        "all that was held out": predictions[held],
        **{f"source {name}": predictions[predictions["source"] == name] for name in holdout.sources},
        **{f"generator {name}": predictions[predictions["generator"] == name] for name in holdout.generators},
    }
    return {name: measure_part(predictions, rows, threshold) for name, rows in parts.items() if len(rows)}
