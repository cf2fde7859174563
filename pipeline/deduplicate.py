"""Find pictures that are the same, or nearly, and keep one of each; say which belong together.

Reads datasets/screened of all sources, writes datasets/deduplicated: keep/SOURCE.parquet (one list per source, so that
a list that did not change leaves its source's later stages alone), groups.parquet, pairs.parquet and
duplicates.parquet, which says of each picture that was dropped which one is kept, how far apart they are, and why.
Only pictures that a second look confirmed as copies go for each other; those that might be copies share a group.
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
from pipeline.deduplicating.copies import Copies, Pairs, find_copies
from pipeline.deduplicating.deduplicate_settings import Deduplicate
from pipeline.deduplicating.deduplicated_tables import DUPLICATES, GROUPS, KEEP, PAIRS
from pipeline.deduplicating.judging import judge, prefer, prefer_unreviewed, yielding
from pipeline.deduplicating.viewed import read_viewed
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.similarity.neighbour_graph import (
    KEPT,
    NOBODY,
    choose_survivors,
    distances,
    measure_groups,
    name_groups,
    stack_hashes,
)
from pipeline.storage.columns import KEY
from pipeline.storage.tables import read_table, write_table

COLUMNS = ["source", "rank", "id", "label", "pair", "official_split", "generator", "shard", "row"]
COLUMNS += ["width", "height", "bytes", "evidence", "pixels_id"]


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """What the stage found, as tables: ``keep`` of all sources together."""

    keep: pd.DataFrame
    groups: pd.DataFrame
    pairs: pd.DataFrame
    dropped: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Rules:
    """What ``params.yaml`` says of pictures that stand under both labels, and of files that contradict theirs."""

    cross_label: str = "drop"
    believe_files: bool = False


def add_hashes(records: pd.DataFrame, settings: Deduplicate) -> pd.DataFrame:
    """Number screened records, and add the hashes that are asked for as ``hash`` and ``turned``."""
    records = records.reset_index(drop=True)
    turned = records[f"{settings.hash}_turned"] if settings.orientations else None
    return records.assign(hash=records[settings.hash], turned=turned)


def deduplicate(
    records: pd.DataFrame,
    copies: Copies,
    rules: Rules = Rules(),
    remembered: Groups = NONE,
    reviews: Reviews = NO_REVIEWS,
) -> Deduplicated:
    """Deduplicate screened records, given in the order of sources, with what is known of their ``copies``.

    Which of several stays: the picture of an official test (a data set's own test stays whole, always), then the one
    whose label a person vouched for, then the one whose metadata speaks for its label, at least not against it, then
    the one with more pixels, then with more bytes, then the first in the order of sources. One that is vouched for
    goes for none of the other label. ``remembered`` are groups of which pictures were forgotten. With
    ``rules.believe_files``, pictures go whose metadata speaks against their label and whom nobody vouched for.

    Raises:
        CrossLabelError: a picture carries both labels and ``cross_label`` is ``fail``.
    """
    pairs, kinship = copies.pairs, copies.kinship
    reviewed = apply_reviews(records, reviews, kinship)
    records = reviewed.records
    out = judge(reviewed, kinship, rules.cross_label, rules.believe_files)
    preference = prefer(reviewed)
    labels = records["label"].to_numpy(np.int8)
    survivor = choose_survivors(kinship, preference[out[preference] == ""], labels, yielding(reviewed))
    kept = survivor == KEPT
    together = join_remembered(records["id"].tolist(), remembered)
    names = name_groups(len(records), [*zip(pairs.first, pairs.second, strict=True), *_twins(records), *together])
    members, diameter, exact = measure_groups(names, stack_hashes(records))
    group = name_remembered(records["id"].tolist(), names, remembered)
    records = records.assign(group=group, members=members, diameter=diameter, exact=exact)
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


def _pairs_table(records: pd.DataFrame, pairs: Pairs) -> pd.DataFrame:
    names = [column.name for column in KEY]
    sides = [
        records.loc[ends, names].add_suffix(suffix).reset_index(drop=True)
        for ends, suffix in ((pairs.first, "_a"), (pairs.second, "_b"))
    ]
    hashes = stack_hashes(records)
    return pd.concat(sides, axis=1).assign(
        distance=distances(hashes[pairs.first], hashes[pairs.second]),
        agreeing=pairs.agreeing,
        detailed=pairs.detailed,
        confirmed=pairs.confirmed,
    )


def _dropped_table(records: pd.DataFrame, survivor: NDArray[np.int64], out: NDArray[np.object_]) -> pd.DataFrame:
    """Describe of each dropped row why, and who survives: nobody does where it went whatever is like it."""
    dropped = np.flatnonzero(survivor != KEPT)
    orphan = survivor[dropped] == NOBODY
    heirs = np.where(orphan, dropped, survivor[dropped])
    gone, heir = records.loc[dropped].reset_index(drop=True), records.loc[heirs].reset_index(drop=True)
    reason = np.select(
        [orphan, gone["id"] == heir["id"], gone["pixels_id"] == heir["pixels_id"]],
        [out[dropped], "duplicate-bytes", "duplicate-pixels"],
        "near-duplicate",
    )
    names = [column.name for column in KEY]
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
            paths.keep_list(source), pa.Table.from_pandas(rows, KEEP.schema, preserve_index=False), KEEP.schema
        )
    for name, table, schema in (
        ("groups", found.groups, GROUPS.schema),
        ("pairs", found.pairs, PAIRS.schema),
        ("duplicates", found.dropped, DUPLICATES.schema),
    ):
        write_table(folder / f"{name}.parquet", pa.Table.from_pandas(table, schema, preserve_index=False), schema)


def main() -> None:
    """Run the stage."""
    stage = Stage("deduplicate")
    root = find_root()
    paths, params = Paths(root), load_params(root)
    sources, settings = list(params.sources), params.deduplicate
    records = add_hashes(read_screened(paths, sources, settings.hash), settings)
    remembered, reviews = read_tombstones(root).groups, read_reviews(root)
    rules = Rules(settings.cross_label, params.screen.label_conflict == "drop")
    copies = find_copies(
        stack_hashes(records), records["pixels_id"], read_viewed(paths, sources), prefer_unreviewed(records), settings
    )
    found = deduplicate(records, copies, rules, remembered, reviews)
    write(paths, sources, found)
    groups = pd.concat([found.groups.loc[found.groups["members"] > 1, "group"], found.dropped["group"]]).nunique()
    unsure = int((~copies.pairs.confirmed).sum())
    note = f"{groups:,} groups of more than one picture, {unsure:,} pairs not confirmed"
    note += describe_reviews(records, reviews)
    stage.summarise(len(records), len(found.keep), Counter(found.dropped["reason"]), note)


if __name__ == "__main__":
    run_command(main)
