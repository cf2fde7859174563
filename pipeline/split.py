"""Divide the pictures of a recipe into train, val and test: balanced, whole groups on one side, and prove it.

Reads datasets/resized indexes and datasets/deduplicated/groups.parquet, writes datasets/split/RECIPE: train, val and
test.parquet, dropped.parquet, and proof.json, which must show no pair of near-duplicates across two of them.

Where a picture goes is drawn from the name of its group, so a new source moves no picture from one split to another.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.parts.command import Stage, run_command
from pipeline.parts.draws import draw
from pipeline.parts.duplicates import find_kinship, list_pairs
from pipeline.parts.errors import EmptySplitError, LeakError
from pipeline.parts.files import write_json
from pipeline.parts.labels import Label
from pipeline.parts.params import load_params
from pipeline.parts.paths import Paths, find_root
from pipeline.parts.recipe import Split, load_recipe, sources_of
from pipeline.parts.tables import read_table, write_table

SPLITS = ("train", "val", "test")

KEY = [("source", pa.string()), ("rank", pa.int32()), ("id", pa.string())]
SPLIT_SCHEMA = pa.schema(
    [*KEY, ("label", pa.int8()), ("row", pa.int32()), ("group", pa.string()), ("official_split", pa.string())]
)
DROPPED_SCHEMA = pa.schema([*KEY, ("reason", pa.string()), ("split", pa.string())])


@dataclass(frozen=True, slots=True)
class Divided:
    """The rows of a recipe: ``kept`` with their split, ``dropped`` with the reason and the split they missed."""

    kept: pd.DataFrame
    dropped: pd.DataFrame


def divide(rows: pd.DataFrame, settings: Split, seed: int) -> Divided:
    """Divide rows that carry ``group``, ``label``, ``official_split`` and their key.

    Raises:
        EmptySplitError: a split would have no picture of one class.
    """
    placed = rows.assign(split=_place(rows, settings, seed))
    reason = _leaks(placed)
    reason[_surplus(placed[reason.isna()], seed)] = "balance"
    kept = placed[reason.isna()]
    for split in SPLITS:
        for label in Label:
            if not ((kept["split"] == split) & (kept["label"] == label)).any():
                raise EmptySplitError(f"split {split} has no {label.name} picture; add sources or raise their limits")
    # The order in which a model sees the pictures must tell nothing of source or label.
    order = [draw(seed, "order", *key) for key in zip(kept["source"], kept["rank"], strict=True)]
    return Divided(kept.assign(order=order).sort_values("order"), placed.assign(reason=reason)[reason.notna()])


def _place(rows: pd.DataFrame, settings: Split, seed: int) -> list[str]:
    """Name the split of every row: its group's draw, or its data set's own where that is asked for."""
    drawn = {group: draw(seed, group) for group in rows["group"].unique()}
    places = []
    for group, official in zip(rows["group"], rows["official_split"], strict=True):
        known = official if settings.strategy == "official" and official in SPLITS else None
        # An official train gives its val from itself, and an official test is all the test there is.
        test = 0.0 if known == "train" else settings.test
        own = "train" if drawn[group] >= test + settings.val else "val" if drawn[group] >= test else "test"
        places.append(known if known in ("val", "test") else own)
    return places


def _leaks(placed: pd.DataFrame) -> pd.Series:
    """Name the reason of rows whose group also stands in a later split, as official splits may cut through groups."""
    rank = placed["split"].map({split: place for place, split in enumerate(SPLITS)})
    last = rank.groupby(placed["group"]).transform("max")
    reasons = last.map({place: f"leaks-into-{split}" for place, split in enumerate(SPLITS)}).astype(object)
    return reasons.where(rank < last, None)


def _surplus(placed: pd.DataFrame, seed: int) -> list[Any]:
    """Choose, in each split, which rows of the larger class go, so that both classes are as many.

    A data set's own test stays whole, so a test may keep some imbalance.
    """
    free = placed[~((placed["split"] == "test") & (placed["official_split"] == "test"))]
    surplus: list[Any] = []
    for split in SPLITS:
        here = placed[placed["split"] == split]
        count = np.bincount(here["label"].to_numpy(np.int64), minlength=len(Label))
        mine = free[(free["split"] == split) & (free["label"] == count.argmax())]
        drawn = [draw(seed, "balance", *key) for key in zip(mine["source"], mine["rank"], strict=True)]
        last = np.argsort(drawn)[len(drawn) - min(len(drawn), int(count.max() - count.min())) :]
        surplus += mine.index[last].tolist()
    return surplus


def prove(kept: pd.DataFrame, hash_name: str, max_distance: int) -> dict[str, Any]:
    """Search all near-duplicates once more, over all splits, and show that none stands on two sides.

    Raises:
        LeakError: one does, or a group does.
    """
    kinship = find_kinship(kept["hash"].to_numpy(np.uint64), max_distance)
    pairs = np.asarray(list_pairs(kinship), dtype=np.int64).reshape(-1, 3)
    split, name = kept["split"].to_numpy(), kept["id"].to_numpy()
    across = pairs[split[pairs[:, 0]] != split[pairs[:, 1]]]
    divided = kept.groupby("group")["split"].nunique()
    if len(across):
        first, second, distance = across[0]
        raise LeakError(
            f"{len(across)} near-duplicate pairs stand in two splits, the first {name[first][:12]} in {split[first]} "
            f"and {name[second][:12]} in {split[second]} at distance {distance}; run `dvc repro deduplicate` again"
        )
    if (divided > 1).any():
        raise LeakError(f"group {str(divided.idxmax())[:12]} stands in two splits; run `dvc repro deduplicate` again")
    return {
        "hash": hash_name,
        "max_distance": max_distance,
        "pictures": len(kept),
        "near_duplicate_pairs_within_splits": len(pairs),
        "near_duplicate_pairs_across_splits": 0,
        "groups": len(divided),
        "groups_across_splits": 0,
        "counts": {
            place: {label.name: int(((split == place) & (kept["label"] == label)).sum()) for label in Label}
            for place in SPLITS
        },
    }


def read_rows(paths: Paths, sources: list[str]) -> pd.DataFrame:
    """Read what the recipe's sources offer: their resized indexes, with group and hash."""
    indexes = [read_table(paths.resized(source) / "index.parquet", f"resize@{source}") for source in sources]
    rows: pd.DataFrame = pa.concat_tables(indexes).to_pandas()
    groups = read_table(paths.deduplicated / "groups.parquet", "deduplicate", ["source", "rank", "group", "hash"])
    return rows.merge(groups.to_pandas(), on=["source", "rank"], how="left", validate="one_to_one")


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("split", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    rows = read_rows(paths, sources_of(recipe, params))
    divided = divide(rows, recipe.split, params.seed)
    proof = prove(divided.kept, params.deduplicate.hash, params.deduplicate.max_distance)
    folder = paths.split(name)
    for split in SPLITS:
        mine = divided.kept[divided.kept["split"] == split]
        table = pa.Table.from_pandas(mine, SPLIT_SCHEMA, preserve_index=False)
        write_table(folder / f"{split}.parquet", table, SPLIT_SCHEMA)
    dropped = pa.Table.from_pandas(divided.dropped, DROPPED_SCHEMA, preserve_index=False)
    write_table(folder / "dropped.parquet", dropped, DROPPED_SCHEMA)
    write_json(folder / "proof.json", proof)
    sizes = ", ".join(f"{split} {sum(proof['counts'][split].values()):,}" for split in SPLITS)
    stage.summarise(len(rows), len(divided.kept), Counter(divided.dropped["reason"]), f"{sizes}; no leak")


if __name__ == "__main__":
    run_command(main)
