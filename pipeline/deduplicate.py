"""Find pictures that are the same, or nearly, and keep one of each; say which belong together.

Reads datasets/screened of all sources, writes datasets/deduplicated: keep/SOURCE.parquet (one list per source, so that
a list that did not change leaves its source's later stages alone), groups.parquet, pairs.parquet and
duplicates.parquet, which says of each picture that was dropped which one is kept, how far apart they are, and why.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.config.params import load_params
from pipeline.decisions.remembered_groups import NONE, join_remembered, name_remembered
from pipeline.decisions.reviews import NO_REVIEWS, Reviews, read_reviews
from pipeline.decisions.tombstones import Groups, read_tombstones
from pipeline.deduplicating.apply_reviews import apply_reviews, describe_reviews
from pipeline.deduplicating.deduplicate_settings import Deduplicate
from pipeline.deduplicating.judging import judge, prefer, yielding
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.similarity.neighbour_graph import (
    KEPT,
    NOBODY,
    choose_survivors,
    distances,
    find_kinship,
    list_pairs,
    measure_groups,
    name_groups,
    stack_hashes,
)
from pipeline.storage.tables import read_table, write_table

COLUMNS = ["source", "rank", "id", "label", "pair", "official_split", "generator", "shard", "row"]
COLUMNS += ["width", "height", "bytes", "evidence", "pixels_id"]

KEY = [("source", pa.string()), ("rank", pa.int32()), ("id", pa.string())]
HASHES = [("hash", pa.uint64()), ("turned", pa.list_(pa.uint64()))]
KEEP_SCHEMA = pa.schema(
    [
        *KEY,
        ("label", pa.int8()),
        ("shard", pa.int32()),
        ("row", pa.int32()),
        ("official_split", pa.string()),
        ("generator", pa.string()),
    ]
)
#: ``group`` is named by its first member in the order of sources, so that a source added last renames none.
#: ``members`` counts those that were dropped too; ``diameter`` is the most bits in which two of their hashes differ.
GROUPS_SCHEMA = pa.schema([*KEY, ("group", pa.string()), *HASHES, ("members", pa.int32()), ("diameter", pa.uint8())])
PAIRS_SCHEMA = pa.schema(
    [(f"{name}_{side}", kind) for side in ("a", "b") for name, kind in KEY] + [("distance", pa.uint8())]
)
DROPPED_SCHEMA = pa.schema(
    [*KEY, ("reason", pa.string()), ("distance", pa.uint8())]
    + [(f"survivor_{name}", kind) for name, kind in KEY]
    + [("official_split", pa.string()), ("group", pa.string()), *HASHES]
)


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """What the stage found, as tables: ``keep`` of all sources together."""

    keep: pd.DataFrame
    groups: pd.DataFrame
    pairs: pd.DataFrame
    dropped: pd.DataFrame


def deduplicate(
    records: pd.DataFrame,
    settings: Deduplicate,
    remembered: Groups = NONE,
    reviews: Reviews = NO_REVIEWS,
    believe_files: bool = False,
) -> Deduplicated:
    """Deduplicate screened records, given in the order of sources.

    Which of several stays: the picture of an official test (a data set's own test stays whole, always), then the one
    whose label a person vouched for, then the one whose metadata speaks for its label, at least not against it, then
    the one with more pixels, then with more bytes, then the first in the order of sources. One that is vouched for
    goes for none of the other label. ``remembered`` are groups of which pictures were forgotten. With
    ``believe_files``, pictures go whose metadata speaks against their label and whom nobody vouched for.

    Raises:
        CrossLabelError: a picture carries both labels and ``cross_label`` is ``fail``.
    """
    records = records.reset_index(drop=True)
    turned = records[f"{settings.hash}_turned"] if settings.orientations else None
    records = records.assign(hash=records[settings.hash], turned=turned)
    hashes = stack_hashes(records)
    kinship = find_kinship(hashes, settings.max_distance, records["pixels_id"])
    reviewed = apply_reviews(records, reviews, kinship)
    records = reviewed.records
    out = judge(reviewed, kinship, settings.cross_label, believe_files)
    preference = prefer(reviewed)
    labels = records["label"].to_numpy(np.int8)
    survivor = choose_survivors(kinship, preference[out[preference] == ""], labels, yielding(reviewed))
    pairs = list_pairs(kinship)
    kept = survivor == KEPT
    together = join_remembered(records["id"].tolist(), remembered)
    names = name_groups(len(records), [(a, b) for a, b, _ in pairs] + _twins(records) + together)
    members, diameter = measure_groups(names, hashes)
    records = records.assign(
        group=name_remembered(records["id"].tolist(), names, remembered), members=members, diameter=diameter
    )
    return Deduplicated(
        keep=records[kept],
        groups=records[kept],
        pairs=_pairs_table(records, pairs),
        dropped=_dropped_table(records, survivor, out),
    )


def _twins(records: pd.DataFrame) -> list[tuple[int, int]]:
    paired = records["pair"].dropna()
    return [
        (int(rows.index[0]), int(other)) for _, rows in paired.groupby(paired, sort=True) for other in rows.index[1:]
    ]


def _pairs_table(records: pd.DataFrame, pairs: list[tuple[int, int, int]]) -> pd.DataFrame:
    ends = np.asarray(pairs, dtype=np.int64).reshape(-1, 3)
    names = [name for name, _ in KEY]
    sides = [
        records.loc[ends[:, side], names].add_suffix(suffix).reset_index(drop=True)
        for side, suffix in ((0, "_a"), (1, "_b"))
    ]
    return pd.concat(sides, axis=1).assign(distance=ends[:, 2].astype(np.uint8))


def _dropped_table(records: pd.DataFrame, survivor: NDArray[np.int64], out: NDArray[np.object_]) -> pd.DataFrame:
    """Say of each dropped row why, and who survives: nobody does where it went whatever is like it."""
    dropped = np.flatnonzero(survivor != KEPT)
    orphan = survivor[dropped] == NOBODY
    heirs = np.where(orphan, dropped, survivor[dropped])
    gone, heir = records.loc[dropped].reset_index(drop=True), records.loc[heirs].reset_index(drop=True)
    reason = np.select(
        [orphan, gone["id"] == heir["id"], gone["pixels_id"] == heir["pixels_id"]],
        [out[dropped], "duplicate-bytes", "duplicate-pixels"],
        "near-duplicate",
    )
    names = [name for name, _ in KEY]
    survivors = heir[names].astype(object).mask(orphan[:, None].repeat(len(names), axis=1), None)
    distance = pd.Series(distances(stack_hashes(gone), stack_hashes(heir)), dtype="UInt8").mask(orphan)
    own = gone[[*names, "official_split", "group", "hash", "turned"]]
    told = pd.concat([own, survivors.add_prefix("survivor_")], axis=1)
    return told.assign(reason=reason, distance=distance)


def read_screened(paths: Paths, sources: list[str], hash_name: str) -> pd.DataFrame:
    """Read the screened manifests of all sources, in the order of params.yaml."""
    columns = [*COLUMNS, hash_name, f"{hash_name}_turned"]
    tables = [
        read_table(paths.screened(source) / "manifest.parquet", f"screen@{source}", columns) for source in sources
    ]
    records: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    return records


def write(paths: Paths, sources: list[str], found: Deduplicated) -> None:
    """Write what was found, one keep-list per source."""
    folder = paths.deduplicated
    for source in sources:
        rows = found.keep[found.keep["source"] == source]
        write_table(
            paths.keep_list(source), pa.Table.from_pandas(rows, KEEP_SCHEMA, preserve_index=False), KEEP_SCHEMA
        )
    for name, table, schema in (
        ("groups", found.groups, GROUPS_SCHEMA),
        ("pairs", found.pairs, PAIRS_SCHEMA),
        ("duplicates", found.dropped, DROPPED_SCHEMA),
    ):
        write_table(folder / f"{name}.parquet", pa.Table.from_pandas(table, schema, preserve_index=False), schema)


def main() -> None:
    """Run the stage."""
    stage = Stage("deduplicate")
    root = find_root()
    paths, params = Paths(root), load_params(root)
    records = read_screened(paths, list(params.sources), params.deduplicate.hash)
    remembered, reviews = read_tombstones(root).groups, read_reviews(root)
    believe_files = params.screen.label_conflict == "drop"
    found = deduplicate(records, params.deduplicate, remembered, reviews, believe_files)
    write(paths, list(params.sources), found)
    groups = pd.concat([found.groups.loc[found.groups["members"] > 1, "group"], found.dropped["group"]]).nunique()
    note = f"{groups:,} groups of more than one picture{describe_reviews(records, reviews)}"
    stage.summarise(len(records), len(found.keep), Counter(found.dropped["reason"]), note)


if __name__ == "__main__":
    run_command(main)
