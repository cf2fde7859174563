"""What has to go so that a picture, an address, a host or a source is forgotten, and who is left of its groups."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.config.params import Params
from pipeline.decisions.tombstones import Kind, Tombstone, digest, host_of, read_tombstones
from pipeline.lineage.lookup import ADDRESSES, Match, find_address, find_id, is_id
from pipeline.lineage.manifests import Manifests, Row
from pipeline.runtime.errors import PathMissingError, TouchstoneError
from pipeline.similarity.neighbour_graph import distances, is_flat, stack_hashes
from pipeline.storage.tables import read_table

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Removal:
    """The tombstones, the records that they remove (source, rank, id), and the groups that lose some of theirs."""

    stones: tuple[Tombstone, ...]
    records: tuple[tuple[str, int, str | None], ...]
    groups: dict[str, tuple[str, ...]]


def plan_removal(manifests: Manifests, params: Params, text: str, why: str) -> Removal:
    """Find all that must go.

    By an id or an address, the picture goes wherever it is: the same bytes, the same pixels, and what the project
    counts as the same picture by its hash (``deduplicate.max_distance``). By a host or a source, what came from there.

    Raises:
        PathMissingError: nothing here has to do with it.
        TouchstoneError: several pictures' ids begin so.
    """
    if text in params.sources or text in manifests.sources():
        kind: Kind = "source"
        records = _records_where(manifests, [text], "true", [])
        stones = [Tombstone(kind, digest(text), why)]
    elif text and "://" not in text and (records := _records_of_host(manifests, text.lower())):
        stones = [Tombstone("host", digest(text.lower()), why)]
    else:
        found = _find(manifests, text)
        own = {row["id"] for match in found for row in _rows_of(manifests, match.source, match.rank) if row["id"]}
        if len(own) > 1 and is_id(text):
            raise TouchstoneError(f"{text}: the ids of {len(own)} pictures begin so; give more of its digits")
        ids = own | _look_alikes(manifests, own, params)
        records = [record for source in manifests.sources() for record in _by_ids(manifests, source, ids)]
        stones = [Tombstone("picture", name, why) for name in sorted(ids)]
        if "://" in text:
            stones.append(Tombstone("address", digest(text), why))
        if not found and not read_tombstones(manifests.paths.root).names(text):
            raise PathMissingError(text, "picture, address, host or source here", "see `touchstone why --help`")
    return Removal(tuple(stones), tuple(sorted(set(records))), _find_groups(manifests, set(records)))


def _find(manifests: Manifests, text: str) -> list[Match]:
    if "://" in text:
        return find_address(manifests, text)
    return find_id(manifests, text.lower()) if is_id(text) else []


def _rows_of(manifests: Manifests, source: str, rank: int) -> list[Row]:
    return manifests.read(manifests.collected(source), "rank = ?", [rank], "source, rank, id")


def _records_where(
    manifests: Manifests, sources: Iterable[str], where: str, values: list[object]
) -> list[tuple[str, int, str | None]]:
    return [
        (row["source"], row["rank"], row["id"])
        for source in sources
        for row in manifests.read(manifests.shards(source), where, values, "source, rank, id")
    ]


def _by_ids(manifests: Manifests, source: str, ids: set[str]) -> list[tuple[str, int, str | None]]:
    return _records_where(manifests, [source], "list_contains(?, id)", [sorted(ids)])


def _records_of_host(manifests: Manifests, host: str) -> list[tuple[str, int, str | None]]:
    found = []
    for source in manifests.sources():
        named = ", ".join(f"{place} AS address_{number}" for number, place in enumerate(ADDRESSES))
        where = " OR ".join(f"contains(lower({place}), ?)" for place in ADDRESSES)
        columns = f"source, rank, id, image_url, page_url, http, {named}"
        for row in manifests.read(manifests.shards(source), where, [host] * len(ADDRESSES), columns):
            addresses = [row[f"address_{number}"] for number in range(len(ADDRESSES))]
            if any(address and host_of(address) == host for address in addresses):
                found.append((row["source"], row["rank"], row["id"]))
    return found


def _look_alikes(manifests: Manifests, ids: set[str], params: Params) -> set[str]:
    """Find the ids of pictures that may be the same as some: by their pixels, by their hash, or as ``deduplicate``
    confirmed it. Who wants a picture removed wants its copies removed, those as well that might be none.
    """
    settings = params.deduplicate
    turned = f"{settings.hash}_turned"
    columns = ["id", "pixels_id", settings.hash, *([turned] if settings.orientations else [])]
    files = {source: manifests.screened(source)[0] for source in manifests.sources()}
    tables = [read_table(file, f"screen@{source}", columns) for source, file in files.items() if file.is_file()]
    if not tables:
        return set()
    rows = pa.concat_tables(tables).to_pandas()
    rows = rows.assign(hash=rows[settings.hash], turned=rows[turned] if settings.orientations else None)
    hashes, found = stack_hashes(rows), set()
    flat = is_flat(hashes[:, 0], settings.max_distance)
    for place in np.flatnonzero(rows["id"].isin(ids)):
        same = rows["pixels_id"] == rows["pixels_id"].iloc[place]
        if not flat[place]:
            same |= ~flat & (distances(hashes, hashes[place : place + 1]) <= settings.max_distance)
        found |= set(rows["id"][same])
    return found | _confirmed_copies(manifests, found)


def _confirmed_copies(manifests: Manifests, ids: set[str]) -> set[str]:
    """Find the ids of pictures that ``deduplicate`` confirmed as copies of some."""
    file, known = manifests.paths.deduplicated / "pairs.parquet", [sorted(ids)]
    found = set()
    for one, other in (("a", "b"), ("b", "a")):
        rows = manifests.read([file], f"confirmed AND list_contains(?, id_{one})", known, f"id_{other}")
        found |= {row[f"id_{other}"] for row in rows}
    return found


def _find_groups(manifests: Manifests, records: set[tuple[str, int, str | None]]) -> dict[str, tuple[str, ...]]:
    """Name the groups that lose some of their members, with the ids of those that stay."""
    folder = manifests.paths.deduplicated
    files, ids = (
        [folder / "groups.parquet", folder / "duplicates.parquet"],
        sorted(str(record[2]) for record in records),
    )
    names = {row["group"] for row in manifests.read(files, "list_contains(?, id)", [ids], '"group", id')}
    members: dict[str, set[str]] = {}
    keys = {record[:2] for record in records}
    where = 'list_contains(?, "group")'
    for row in manifests.read(files, where, [sorted(names)], 'source, rank, id, "group"'):
        if (row["source"], row["rank"]) not in keys:
            members.setdefault(row["group"], set()).add(row["id"])
    return {name: tuple(sorted(left)) for name, left in sorted(members.items())}
