"""Groups of pictures that are the same or nearly, a page at a time: who stayed, who went, and how many bits apart."""

from dataclasses import dataclass
from typing import Any

from pipeline.lineage.manifests import Manifests, Row

#: Groups of one page, and pictures of one group that are shown.
PAGE, MEMBERS = 8, 12

#: What may be asked for besides the reasons for which pictures went.
ALL_STAYED = "all stayed"

#: Pictures that share their group with another one, and these groups.
ALIKE = """
    members AS (
        SELECT source, rank, id, "group", NULL::VARCHAR AS reason, NULL::UTINYINT AS distance,
            NULL::VARCHAR AS survivor_source, NULL::INTEGER AS survivor_rank, diameter FROM kept WHERE members > 1
        UNION ALL BY NAME
        SELECT source, rank, id, "group", reason, distance, survivor_source, survivor_rank FROM gone
    ), sized AS (
        SELECT "group", count(*) AS pictures, coalesce(max(diameter), max(distance)) AS diameter,
            list(DISTINCT reason) FILTER (reason IS NOT NULL) AS reasons
        FROM members GROUP BY "group" HAVING count(*) > 1
    )
"""

#: What a table is like that was not written yet.
EMPTY = """
    SELECT NULL::VARCHAR AS source, NULL::INTEGER AS rank, NULL::VARCHAR AS id, NULL::VARCHAR AS "group",
        NULL::VARCHAR AS reason, NULL::UTINYINT AS distance, NULL::VARCHAR AS survivor_source,
        NULL::INTEGER AS survivor_rank, NULL::INTEGER AS members, NULL::UTINYINT AS diameter WHERE false
"""


@dataclass(frozen=True, slots=True)
class Group:
    """A group: how many pictures, how many bits apart at most, and its first rows: those that stayed come first."""

    name: str
    pictures: int
    diameter: int
    members: tuple[Row, ...]


class Duplicates:
    """The groups of several pictures of a project."""

    def __init__(self, manifests: Manifests) -> None:
        folder = manifests.paths.deduplicated
        files = {"kept": folder / "groups.parquet", "gone": folder / "duplicates.parquet"}
        self._manifests = manifests
        self._tables = {name: [file] if file.is_file() else [] for name, file in files.items()}

    def count(self) -> dict[str, int]:
        """Count the groups in which pictures went for each reason, and those of which all stayed."""
        counted = "SELECT coalesce(reason, ?) AS reason, count(*) AS groups FROM ({}) GROUP BY ALL ORDER BY ALL"
        of_each = "SELECT unnest(coalesce(reasons, [NULL])) AS reason FROM sized"
        rows = self._ask(counted.format(of_each), [ALL_STAYED])
        return {row["reason"]: row["groups"] for row in rows}

    def total(self, reason: str | None = None) -> int:
        """Count the groups in which pictures went for a reason, or all of them."""
        where, values = _condition(reason)
        return int(self._ask(f"SELECT count(*) AS groups FROM sized WHERE {where}", values)[0]["groups"])  # noqa: S608

    def page(self, reason: str | None, number: int, size: int = PAGE) -> list[Group]:
        """Return a page, counted from 0, of those groups, the largest first."""
        where, values = _condition(reason)
        query = f"""
            shown AS (SELECT * FROM sized WHERE {where} ORDER BY pictures DESC, "group" LIMIT ? OFFSET ?)
            SELECT members.* EXCLUDE (diameter), shown.pictures, shown.diameter
            FROM members JOIN shown USING ("group")
            QUALIFY row_number() OVER (PARTITION BY "group" ORDER BY reason NULLS FIRST, source, rank) <= ?
            ORDER BY pictures DESC, "group", reason NULLS FIRST, source, rank
        """  # noqa: S608 - the condition is ours
        groups: dict[str, list[Row]] = {}
        for row in self._ask(query, [*values, size, number * size, MEMBERS], more=True):
            groups.setdefault(row["group"], []).append(row)
        return [Group(name, rows[0]["pictures"], rows[0]["diameter"], tuple(rows)) for name, rows in groups.items()]

    def _ask(self, query: str, values: list[Any], *, more: bool = False) -> list[Row]:
        return self._manifests.ask(f"{ALIKE}{',' if more else ''} {query}", self._tables, EMPTY, values)


def _condition(reason: str | None) -> tuple[str, list[Any]]:
    if reason is None:
        return "true", []
    return ("reasons IS NULL", []) if reason == ALL_STAYED else ("list_contains(reasons, ?)", [reason])
