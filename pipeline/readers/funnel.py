"""The funnel: how many pictures went into each stage and came out, by source, with the reasons of those dropped.

Computed from the stages' own manifests each time it is asked for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.params import Params
from pipeline.config.recipe import load_recipe, sources_of
from pipeline.records.shards import REJECTED, read_shard, shard_paths
from pipeline.runtime.paths import Paths
from pipeline.statements.stated import Stated
from pipeline.storage.labels import Label
from pipeline.storage.tables import read_table


@dataclass(frozen=True, slots=True)
class Row:
    """One source at one stage: pictures taken in and given on, ``real`` and ``fake`` among those given on."""

    source: str
    taken: int
    given: int
    real: int
    fake: int
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Step:
    """One stage, with a row per source."""

    stage: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """All stages that drop or add pictures, in order."""

    steps: tuple[Step, ...]


def read_funnel(paths: Paths, params: Params, recipe: str) -> Funnel:
    """Count the pictures of a recipe's sources through the stages.

    Raises:
        StageMissingError: a stage has not run.
    """
    sources = sources_of(load_recipe(paths, params, recipe), params)
    dropped = read_table(paths.deduplicated / "duplicates.parquet", "deduplicate", ["source", "reason"])
    folder, stage = paths.split(recipe), f"split@{recipe}"
    splits = {part: read_table(folder / f"{part}.parquet", stage, KEPT) for part in ("train", "val", "test")}
    undivided = read_table(folder / "dropped.parquet", stage, ["source", "reason"])
    copies = read_table(paths.augmented(recipe) / "index.parquet", f"augment@{recipe}", KEPT)
    return Funnel(
        (
            Step("collect", tuple(collected_row(paths, source, params.stated(source)) for source in sources)),
            Step("screen", tuple(screened_row(paths, source) for source in sources)),
            Step("deduplicate", tuple(_kept(paths, source, dropped) for source in sources)),
            Step("split", _by_source(sources, pa.concat_tables(splits.values()), undivided)),
            *(Step(part, _by_source(sources, table, None)) for part, table in splits.items()),
            Step("augment", tuple(_copied(source, splits["train"], copies) for source in sources)),
        )
    )


KEPT = ["source", "label"]


def read_collected(paths: Paths, source: str, stated: Stated) -> tuple[pa.Table, pa.Table]:
    """Read what a source collected, labels only, and what it rejected."""
    folder = paths.collected(source)
    shards: Iterator[Path] = iter(shard_paths(folder))
    tables = [stated.apply(read_shard(shard, ["label"])) for shard in shards]
    kept = pa.concat_tables(tables) if tables else pa.table({"label": pa.array([], pa.int8())})
    return kept, read_table(folder / REJECTED, f"collect@{source}", ["reason"])


def collected_row(paths: Paths, source: str, stated: Stated) -> Row:
    """Count what a source collected and rejected.

    Raises:
        StageMissingError: the source was not collected.
    """
    return _row(source, *read_collected(paths, source, stated))


def screened_row(paths: Paths, source: str) -> Row:
    """Count what screening kept of a source, and what it rejected.

    Raises:
        StageMissingError: the source was not screened.
    """
    folder, stage = paths.screened(source), f"screen@{source}"
    kept = read_table(folder / "manifest.parquet", stage, ["label"])
    return _row(source, kept, read_table(folder / "rejected.parquet", stage, ["reason"]))


def _kept(paths: Paths, source: str, dropped: pa.Table) -> Row:
    return _row(source, read_table(paths.keep_list(source), "deduplicate", ["label"]), _of(source, dropped))


def _by_source(sources: list[str], kept: pa.Table, dropped: pa.Table | None) -> tuple[Row, ...]:
    none = pa.table({"reason": pa.array([], pa.string())})
    return tuple(_row(s, _of(s, kept), none if dropped is None else _of(s, dropped)) for s in sources)


def _copied(source: str, train: pa.Table, copies: pa.Table) -> Row:
    row = _row(source, _of(source, copies), pa.table({"reason": pa.array([], pa.string())}))
    return Row(source, _of(source, train).num_rows, row.given, row.real, row.fake, row.dropped)


def _of(source: str, table: pa.Table) -> pa.Table:
    return table.filter(pc.equal(table["source"], source))


def _row(source: str, kept: pa.Table, dropped: pa.Table) -> Row:
    real, fake = (pc.sum(pc.equal(kept["label"], int(label))).as_py() or 0 for label in Label)
    reasons = dict(sorted(Counter(dropped["reason"].to_pylist()).items()))
    return Row(source, kept.num_rows + dropped.num_rows, kept.num_rows, real, fake, reasons)
