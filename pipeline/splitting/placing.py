"""Where each picture goes: drawn from the name of its group alone, so that whoever comes later moves nobody."""

import pandas as pd

from pipeline.sampling.draws import draw
from pipeline.splitting.split_settings import Holdout, Split

#: From the one that sees most to the one that must stay unseen.
SPLITS = ("train", "val", "test")


def place(rows: pd.DataFrame, settings: Split, seed: int) -> list[str]:
    """Name the split of every row: its group's draw, its data set's own, or the test where it is held out."""
    drawn = {group: draw(seed, group) for group in rows["group"].unique()}
    val, test = settings.shares()
    places = []
    for group, official, held in zip(
        rows["group"], rows["official_split"], held_out(rows, settings.holdout), strict=True
    ):
        known = official if settings.strategy == "official" and official in SPLITS else None
        # An official train gives its val from itself, and an official test is all the test there is.
        end = 0.0 if known == "train" else test
        own = "train" if drawn[group] >= end + val else "val" if drawn[group] >= end else "test"
        places.append("test" if held else known if known in ("val", "test") else own)
    return places


def explain(rows: pd.DataFrame, settings: Split) -> list[str]:
    """Describe what placed every row: ``held-out``, its data set's ``official`` split, or its group's ``draw``."""
    official = rows["official_split"].isin(["val", "test"]) & (settings.strategy == "official")
    held = held_out(rows, settings.holdout)
    return ["held-out" if h else "official" if o else "draw" for h, o in zip(held, official, strict=True)]


def held_out(rows: pd.DataFrame, holdout: Holdout) -> pd.Series:
    """Mark the rows whose source or generator may be seen in the test only."""
    return rows["source"].isin(holdout.sources) | rows["generator"].isin(holdout.generators)


def find_leaks(placed: pd.DataFrame) -> pd.Series:
    """Name the reason of rows whose group also stands in a later split, None for the others.

    Official splits and held-out sources may cut through groups.
    """
    rank = placed["split"].map({split: place for place, split in enumerate(SPLITS)})
    last = rank.groupby(placed["group"]).transform("max")
    reasons = last.map({place: f"leaks-into-{split}" for place, split in enumerate(SPLITS)}).astype(object)
    return reasons.where(rank < last, None)
