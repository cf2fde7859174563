"""Every picture that was ever found, with what became of it: filtered, counted and paged over the manifests.

DuckDB reads the columns that a question needs; nothing but its answer is held in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.lineage.manifests import Manifests, Row, Tables

#: Where a picture may be: a split of the recipe, nowhere for a reason, or simply in none of its splits.
PLACES = ("train", "val", "test", "dropped", "unused")

#: Pictures of one page.
PAGE = 48

#: One row per record, under the label that counts, with the recipe's word on it. A table without files is empty.
TOLD = """
    found AS (
        SELECT source, rank, id, label, file AS shard, NULL::VARCHAR AS stage, NULL::VARCHAR AS reason,
            NULL::VARCHAR AS detail FROM shards
        UNION ALL BY NAME
        SELECT source, rank, id, label, 'collect' AS stage, reason, detail FROM unfetched
    ), gone AS (
        SELECT source, rank, 'screen' AS stage, reason, detail FROM unfit
        UNION ALL BY NAME
        SELECT source, rank, 'deduplicate' AS stage, reason, distance, survivor_source, survivor_rank FROM alike
        UNION ALL BY NAME
        SELECT source, rank, 'split' AS stage, reason FROM undivided
    ), named AS (
        SELECT source, rank, label AS reviewed FROM kept
    ), placed AS (
        SELECT source, rank, parse_filename(file, true) AS part FROM divided
    ), told AS (
        SELECT source, rank, id, coalesce(reviewed, label) AS label, shard, coalesce(found.stage, gone.stage) AS stage,
            coalesce(found.reason, gone.reason) AS reason, coalesce(found.detail, gone.detail) AS detail,
            distance, survivor_source, survivor_rank,
            CASE WHEN coalesce(found.reason, gone.reason) IS NOT NULL THEN 'dropped' ELSE coalesce(part, 'unused') END
            AS place
        FROM found LEFT JOIN gone USING (source, rank) LEFT JOIN placed USING (source, rank)
            LEFT JOIN named USING (source, rank)
    )
"""

#: What a table is like of which no stage has written anything yet.
EMPTY = """
    SELECT NULL::VARCHAR AS source, NULL::INTEGER AS rank, NULL::VARCHAR AS id, NULL::TINYINT AS label,
        NULL::VARCHAR AS reason, NULL::VARCHAR AS detail, NULL::UTINYINT AS distance,
        NULL::VARCHAR AS survivor_source, NULL::INTEGER AS survivor_rank, NULL::VARCHAR AS file WHERE false
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which pictures are asked for; None asks for all of a kind. ``place`` is one of ``PLACES``."""

    source: str | None = None
    label: int | None = None
    place: str | None = None
    reason: str | None = None

    def asked(self) -> dict[str, Any]:
        """Return the columns that are asked for, with their values."""
        values = {"source": self.source, "label": self.label, "place": self.place, "reason": self.reason}
        return {name: value for name, value in values.items() if value is not None}

    def fits(self, row: Row) -> bool:
        """Return whether a row is asked for."""
        return all(row[name] == value for name, value in self.asked().items())


class Catalogue:
    """The pictures of a project, as one recipe divides them; without a recipe, all that is not dropped is unused."""

    def __init__(self, manifests: Manifests, recipe: str | None) -> None:
        self._manifests, self._files = manifests, _list_files(manifests, recipe)

    def count(self) -> list[Row]:
        """Count the ``pictures`` of every ``source``, ``label``, ``place``, ``stage`` and ``reason``."""
        columns = "source, label, place, stage, reason"
        query = f"SELECT {columns}, count(*) AS pictures FROM told GROUP BY ALL ORDER BY ALL"  # noqa: S608 - ours
        return self._ask(query)

    def page(self, wanted: Filter, number: int, size: int = PAGE) -> list[Row]:
        """Return a page, counted from 0, of the pictures asked for: in the order of their sources and ranks."""
        asked = wanted.asked()
        where = " AND ".join(f"{name} = ?" for name in asked) or "true"
        query = f"SELECT * FROM told WHERE {where} ORDER BY source, rank LIMIT ? OFFSET ?"  # noqa: S608 - ours
        return self._ask(query, [*asked.values(), size, number * size])

    def find(self, keys: Sequence[tuple[str, int]]) -> list[Row]:
        """Return the rows of some records, known by source and rank, in the order of these."""
        query = "SELECT * FROM told WHERE list_contains(?, source || ':' || rank) ORDER BY source, rank"
        return self._ask(query, [[f"{source}:{rank}" for source, rank in keys]])

    def _ask(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._manifests.ask(TOLD + query, self._files, EMPTY, values)


def _list_files(manifests: Manifests, recipe: str | None) -> Tables:
    sources = manifests.sources()
    train, val, test, dropped = manifests.divided(recipe) if recipe else [Path()] * 4
    files = {
        "shards": [shard for source in sources for shard in manifests.shards(source)],
        "unfetched": [manifests.collected(source)[-1] for source in sources],
        "unfit": [manifests.screened(source)[-1] for source in sources],
        "kept": [manifests.paths.keep_list(source) for source in sources],
        "alike": [manifests.paths.deduplicated / "duplicates.parquet"],
        "undivided": [dropped],
        "divided": [train, val, test],
    }
    return {name: [path for path in paths if path.is_file()] for name, paths in files.items()}
