"""Divide the pictures of a recipe into train, val and test: balanced, whole groups on one side, and prove it.

Reads datasets/resized indexes and groups.parquet and duplicates.parquet of datasets/deduplicated, writes
datasets/split/RECIPE: train, val and test.parquet, dropped.parquet, and proof.json, which must show no pair of
near-duplicates across two of them.

Where a picture goes is drawn from the name of its group, so a new source moves no picture from one split to another.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.config.params import load_params
from pipeline.config.recipe import load_recipe, sources_of
from pipeline.runtime.errors import LeakError, ParamsError
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.sampling.draws import draw
from pipeline.similarity.neighbour_graph import find_kinship, list_pairs, stack_hashes
from pipeline.splitting.placing import SPLITS, explain, find_leaks, place
from pipeline.splitting.repeats import mark_repeats
from pipeline.splitting.split_settings import Split
from pipeline.splitting.trimming import choose_surplus
from pipeline.storage.files import write_json
from pipeline.storage.labels import Label
from pipeline.storage.tables import read_table, write_table

#: How many pairs an error names that stand in two splits.
PAIRS_NAMED = 5

KEY = [("source", pa.string()), ("rank", pa.int32()), ("id", pa.string())]
SPLIT_SCHEMA = pa.schema(
    [
        *KEY,
        ("label", pa.int8()),
        ("row", pa.int32()),
        ("group", pa.string()),
        ("official_split", pa.string()),
        ("generator", pa.string()),
        ("placed_by", pa.string()),
    ]
)
#: See ``pipeline.splitting.repeats``.
TEST_SCHEMA = pa.schema([*SPLIT_SCHEMA, ("repeats_test", pa.bool_()), ("repeats_train", pa.bool_())])
DROPPED_SCHEMA = pa.schema([*KEY, ("reason", pa.string()), ("split", pa.string())])


@dataclass(frozen=True, slots=True)
class Divided:
    """The rows of a recipe: ``kept`` with their split, ``dropped`` with the reason and the split they missed."""

    kept: pd.DataFrame
    dropped: pd.DataFrame


def divide(rows: pd.DataFrame, settings: Split, seed: int) -> Divided:
    """Divide rows that carry ``group``, ``label``, ``official_split``, ``generator`` and their key.

    Raises:
        EmptySplitError: a split would have no picture of one class, or fewer than the recipe asks for.
    """
    placed = rows.assign(split=place(rows, settings, seed), placed_by=explain(rows, settings))
    reason = find_leaks(placed)
    reason[choose_surplus(placed[reason.isna()], settings, seed)] = "surplus" if settings.counts else "balance"
    kept = placed[reason.isna()]
    # The order in which a model sees the pictures must tell nothing of source or label.
    order = [draw(seed, "order", *key) for key in zip(kept["source"], kept["rank"], strict=True)]
    return Divided(kept.assign(order=order).sort_values("order"), placed.assign(reason=reason)[reason.notna()])


def prove(kept: pd.DataFrame, hash_name: str, max_distance: int) -> dict[str, Any]:
    """Search all near-duplicates once more, over all splits, and show that none stands on two sides.

    Raises:
        LeakError: one does, or a group does.
    """
    kinship = find_kinship(stack_hashes(kept), max_distance)
    pairs = np.asarray(list_pairs(kinship), dtype=np.int64).reshape(-1, 3)
    split, name = kept["split"].to_numpy(), kept["id"].to_numpy()
    across = pairs[split[pairs[:, 0]] != split[pairs[:, 1]]]
    divided = kept.groupby("group")["split"].nunique()
    if len(across):
        named = "; ".join(
            f"{name[first][:12]} in {split[first]} and {name[second][:12]} in {split[second]} at distance {distance}"
            for first, second, distance in across[:PAIRS_NAMED].tolist()
        )
        more = f"; and {len(across) - PAIRS_NAMED} more" if len(across) > PAIRS_NAMED else ""
        raise LeakError(
            f"{len(across)} near-duplicate pairs stand in two splits: {named}{more}; run `dvc repro deduplicate` again"
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
            part: {label.name: int(((split == part) & (kept["label"] == label)).sum()) for label in Label}
            for part in SPLITS
        },
    }


def read_rows(paths: Paths, sources: list[str]) -> pd.DataFrame:
    """Read what the recipe's sources offer: their resized indexes, with group and hash."""
    indexes = [read_table(paths.resized(source) / "index.parquet", f"resize@{source}") for source in sources]
    rows: pd.DataFrame = pa.concat_tables(indexes).to_pandas()
    groups = read_table(
        paths.deduplicated / "groups.parquet", "deduplicate", ["source", "rank", "group", "hash", "turned"]
    )
    return rows.merge(groups.to_pandas(), on=["source", "rank"], how="left", validate="one_to_one")


def write_splits(paths: Paths, name: str, kept: pd.DataFrame, max_distance: int) -> dict[str, int]:
    """Write the manifests of train, val and test; count the test's pictures, and those that repeat no other."""
    tested = kept["split"] == "test"
    columns = ["official_split", "hash", "turned"]
    dropped = read_table(paths.deduplicated / "duplicates.parquet", "deduplicate", columns).to_pandas()
    test = mark_repeats(kept[tested], dropped, max_distance)
    for split in SPLITS:
        rows, schema = (test, TEST_SCHEMA) if split == "test" else (kept[kept["split"] == split], SPLIT_SCHEMA)
        table = pa.Table.from_pandas(rows, schema, preserve_index=False)
        write_table(paths.split(name) / f"{split}.parquet", table, schema)
    return {
        "pictures": len(test),
        "each_once": int((~test["repeats_test"]).sum()),
        "each_once_and_not_in_the_original_train": int((~test["repeats_test"] & ~test["repeats_train"]).sum()),
    }


def check_generators(rows: pd.DataFrame, settings: Split, recipe: str) -> None:
    """Check that every generator to hold out made some of the rows: a typing error would hold out nothing.

    Raises:
        ParamsError: one did not.
    """
    known = sorted(rows["generator"].dropna().unique())
    for generator in settings.holdout.generators:
        if generator not in known:
            names = ", ".join(known) or "none, as no source says what made its pictures"
            problem = f"no picture was made by {generator!r}; known: {names}"
            raise ParamsError(f"recipes/{recipe}.yaml", "split.holdout.generators", problem)


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("split", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    rows = read_rows(paths, sources_of(recipe, params))
    check_generators(rows, recipe.split, name)
    divided = divide(rows, recipe.split, params.seed)
    proof = prove(divided.kept, params.deduplicate.hash, params.deduplicate.max_distance)
    folder = paths.split(name)
    proof["test"] = write_splits(paths, name, divided.kept, params.deduplicate.max_distance)
    dropped = pa.Table.from_pandas(divided.dropped, DROPPED_SCHEMA, preserve_index=False)
    write_table(folder / "dropped.parquet", dropped, DROPPED_SCHEMA)
    write_json(folder / "proof.json", proof)
    sizes = ", ".join(f"{split} {sum(proof['counts'][split].values()):,}" for split in SPLITS)
    stage.summarise(len(rows), len(divided.kept), Counter(divided.dropped["reason"]), f"{sizes}; no leak")


if __name__ == "__main__":
    run_command(main)
