"""Pictures to show: some that were kept, some of every reason for which others were dropped, and the surest errors."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from pipeline.config.params import Params
from pipeline.evaluation.display_names import PLACED
from pipeline.evaluation.metrics import call
from pipeline.readers.duplicate_groups import read_groups
from pipeline.records.shards import read_shard, shard_paths
from pipeline.report.thumbnails import make_thumbnail
from pipeline.runtime.paths import Paths
from pipeline.sampling.draws import draw
from pipeline.storage.labels import Label
from pipeline.storage.tables import read_table

#: How many are shown of each kind: enough to see a pattern, few enough to look at.
PER_REASON = 8
PER_CLASS = 12
GROUPS = 4

#: Sides of thumbnails in pixels. Errors are for looking into.
SMALL, LARGE = 96, 192

#: Above this, a picture is not decoded for the page, whatever params.yaml lets into the data set.
MAX_PIXELS = 200_000_000

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Example:
    """One picture on the page: a data URI, or None where it cannot be decoded, and what is known of it.

    ``survivor`` is the picture that stayed in its place, ``score`` the model's P(FAKE), ``lineage`` where it comes
    from, in words.
    """

    source: str
    rank: int
    label: str
    picture: str | None
    page_url: str | None
    detail: str | None = None
    survivor: str | None = None
    score: float | None = None
    id: str | None = None
    lineage: Mapping[str, str] | None = None


def choose_dropped(paths: Paths, sources: list[str], recipe: str, seed: int) -> dict[str, pd.DataFrame]:
    """Choose some of the pictures dropped after they were fetched, by reason, the most common reason first."""
    dropped = pd.concat(_read_dropped(paths, sources, recipe), ignore_index=True)
    dropped = dropped[dropped["source"].isin(sources)]
    by_reason = dropped.groupby("reason")
    counted = sorted(by_reason.groups, key=lambda reason: (-len(by_reason.get_group(reason)), reason))
    return {str(reason): choose_some(by_reason.get_group(reason), seed, PER_REASON) for reason in counted}


def _read_dropped(paths: Paths, sources: list[str], recipe: str) -> Iterator[pd.DataFrame]:
    for source in sources:
        rejected = paths.screened(source) / "rejected.parquet"
        yield read_table(rejected, f"screen@{source}", ["source", "rank", "reason", "detail"]).to_pandas()
    columns = ["source", "rank", "reason", "distance", "survivor_source", "survivor_rank"]
    alike = read_table(paths.deduplicated / "duplicates.parquet", "deduplicate", columns).to_pandas()
    near = alike["reason"] == "near-duplicate"
    yield alike.assign(detail=alike["distance"].map("{:.0f} bits apart".format).where(near, None))
    columns = ["source", "rank", "reason"]
    yield read_table(paths.split(recipe) / "dropped.parquet", f"split@{recipe}", columns).to_pandas()


def choose_groups(paths: Paths, sources: list[str]) -> dict[str, pd.DataFrame]:
    """Choose the largest groups of pictures that belong together, some members of each: those that stayed first."""
    rows = read_groups(paths)
    rows = rows[rows["source"].isin(sources)]
    chosen = {}
    for group in rows["group"].drop_duplicates()[:GROUPS]:
        mine = rows[rows["group"] == group]
        diameter = mine["diameter"].iloc[0]
        title = f"{len(mine):,} pictures, {f'up to {diameter} bits apart' if diameter else 'all of one hash'}"
        told = (
            mine[["source", "rank"]]
            .astype({"rank": int})
            .assign(detail=("dropped: " + mine["reason"]).fillna("stayed"))
        )
        chosen[f"{group[:12]}: {title}"] = told[:PER_REASON]
    return chosen


def choose_kept(paths: Paths, recipe: str, seed: int) -> dict[str, pd.DataFrame]:
    """Choose some training pictures of each class."""
    columns = ["source", "rank", "label"]
    train = read_table(paths.split(recipe) / "train.parquet", f"split@{recipe}", columns).to_pandas()
    return {label.name: choose_some(train[train["label"] == label], seed, PER_REASON) for label in Label}


def choose_errors(predictions: pd.DataFrame, threshold: float) -> dict[str, pd.DataFrame]:
    """Choose, by true class, the errors of which the model was surest."""
    called = call(predictions["score"].to_numpy(), threshold)
    wrong = predictions[called != predictions["label"]]
    surest_first = wrong.assign(doubt=-(wrong["score"] - threshold).abs()).sort_values(["doubt", "source", "rank"])
    return {label.name: surest_first[surest_first["label"] == label][:PER_CLASS] for label in Label}


def choose_some(rows: pd.DataFrame, seed: int, count: int) -> pd.DataFrame:
    """Choose rows by chance, the same ones each time; all sources have their turn before one has its second."""
    chance = [draw(seed, "example", *key) for key in zip(rows["source"], rows["rank"], strict=True)]
    drawn = rows.assign(chance=chance).sort_values("chance")
    return drawn.assign(turn=drawn.groupby("source").cumcount()).sort_values(["turn", "chance"])[:count]


def show(rows: pd.DataFrame, records: dict[Key, dict[str, Any]], side: int) -> list[Example]:
    """Turn chosen rows into examples, with what was collected of them."""
    return [_show_row(row, records, side) for row in _list_rows(rows)]


def _show_row(row: dict[str, Any], records: dict[Key, dict[str, Any]], side: int) -> Example:
    record = records[row["source"], row["rank"]]
    survivor = _survivor_key(row)
    return Example(
        source=row["source"],
        rank=row["rank"],
        label=_name(row.get("label", record["label"])),
        picture=make_thumbnail(record["image"]["bytes"], side, MAX_PIXELS),
        page_url=record["page_url"] or record["image_url"],
        detail=row.get("detail") if isinstance(row.get("detail"), str) else None,
        survivor=make_thumbnail(records[survivor]["image"]["bytes"], side, MAX_PIXELS) if survivor else None,
        score=row.get("score"),
        id=row.get("id"),
        lineage=_tell_lineage(row, record) if "placed_by" in row else None,
    )


def _tell_lineage(row: dict[str, Any], record: dict[str, Any]) -> dict[str, str]:
    facts = {
        "keyword": row["query"],
        "made by": row["generator"],
        "address": record["image_url"],
        "group": row["group"][:12],
        "split": PLACED[row["placed_by"]],
    }
    return {name: fact for name, fact in facts.items() if isinstance(fact, str)}


def _name(label: int | None) -> str:
    return "no label" if label is None else Label(label).name


def keys_of(rows: pd.DataFrame) -> set[Key]:
    """List the records that an example needs: its own, and its survivor's."""
    keys = {(row["source"], row["rank"]) for row in _list_rows(rows)}
    return keys | {key for row in _list_rows(rows) if (key := _survivor_key(row))}


def _survivor_key(row: dict[str, Any]) -> Key | None:
    source = row.get("survivor_source")
    return (source, int(row["survivor_rank"])) if isinstance(source, str) else None


def _list_rows(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def read_records(paths: Paths, keys: Iterable[Key], params: Params) -> dict[Key, dict[str, Any]]:
    """Read some collected records, original bytes included, one shard in memory at a time."""
    wanted: dict[str, set[int]] = {}
    for source, rank in keys:
        wanted.setdefault(source, set()).add(rank)
    found: dict[Key, dict[str, Any]] = {}
    for source, ranks in wanted.items():
        for shard in shard_paths(paths.collected(source)):
            here = [row for row, rank in enumerate(read_shard(shard, ["rank"])["rank"].to_pylist()) if rank in ranks]
            if here:
                rows = read_shard(shard, ["rank", "label", "image", "image_url", "page_url"]).take(pa.array(here))
                rows = params.stated(source).apply(rows)
                found |= {(source, row["rank"]): row for row in rows.to_pylist()}
    return found
