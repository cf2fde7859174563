"""Pictures that are the same as one, or nearly, or belong to its group."""

from dataclasses import dataclass
from typing import Any

from pipeline.decisions.reviews import Reviews
from pipeline.lineage.manifests import Manifests, Row, first
from pipeline.lineage.survival import tell_rule


@dataclass(frozen=True, slots=True)
class Relative:
    """Another record that is the same or nearly, so many bits away, or of the same group.

    ``reason`` is why it was dropped, None if it stayed. ``rule`` says what made the one stay that stayed.
    """

    source: str
    rank: int
    id: str
    distance: int | None
    reason: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class RelatedRecords:
    """Who is like a record, read off what ``deduplicate`` wrote. ``screened`` is its row of the stage before."""

    manifests: Manifests
    reviews: Reviews
    source: str
    rank: int
    id: str | None
    screened: Row | None

    def survivor(self, gone: Row | None) -> Relative | None:
        """Return who stayed in its place, from the row that dropped it."""
        if gone is None or gone["survivor_id"] is None:
            return None
        key = (gone["survivor_source"], gone["survivor_rank"], gone["survivor_id"])
        return Relative(*key, gone["distance"], rule=self._rule(key[0], key[1], mine=False))

    def replaced(self) -> tuple[Relative, ...]:
        """List those that went in favour of it."""
        rows = self._read("duplicates", "survivor_id = ? AND survivor_source = ? AND survivor_rank = ?")
        return tuple(
            Relative(*_key(row), row["distance"], row["reason"], self._rule(row["source"], row["rank"], mine=True))
            for row in rows
        )

    def near(self) -> tuple[Relative, ...]:
        """List those within the distance, the nearest first."""
        found = [
            Relative(*_key(row, f"_{there}"), row["distance"])
            for here, there in (("a", "b"), ("b", "a"))
            for row in self._read("pairs", f"id_{here} = ? AND source_{here} = ? AND rank_{here} = ?")
        ]
        return tuple(sorted(found, key=lambda other: (other.distance or 0, other.source, other.rank)))

    def others(self, group: str) -> tuple[Relative, ...]:
        """List the others of its group."""
        folder = self.manifests.paths.deduplicated
        files = [folder / "groups.parquet", folder / "duplicates.parquet"]
        # `groups` has no reasons: they stayed.
        rows = self.manifests.read(files, '"group" = ?', [group])
        mine = (self.source, self.rank)
        return tuple(Relative(*_key(r), None, r.get("reason")) for r in rows if (r["source"], r["rank"]) != mine)

    def _read(self, name: str, where: str) -> list[Row]:
        file = self.manifests.paths.deduplicated / f"{name}.parquet"
        return self.manifests.read([file], where, [self.id, self.source, self.rank])

    def _rule(self, source: str, rank: int, mine: bool) -> str | None:
        other, _ = read_screened(self.manifests, source, rank)
        if other is None or self.screened is None:
            return None
        own, other = self._reviewed(self.screened), self._reviewed(other)
        return tell_rule(own, other) if mine else tell_rule(other, own)

    def _reviewed(self, row: Row) -> Row:
        """Return a screened row the label that it was compared under; ``vouched``: a person has said so."""
        review = self.reviews.get(row["id"])
        if review is None or review.label is None or row["official_split"] == "test":
            return row
        return row | {"label": int(review.label), "vouched": True}


def read_screened(manifests: Manifests, source: str, rank: int) -> tuple[Row | None, Row | None]:
    """Read a record's row where it passed the screens, and where it did not."""
    passed, rejected = manifests.screened(source)
    found = manifests.read([passed], "rank = ?", [rank])
    return (found[0], None) if found else (None, first(manifests.read([rejected], "rank = ?", [rank])))


def _key(row: Row, suffix: str = "") -> tuple[Any, Any, Any]:
    return row[f"source{suffix}"], row[f"rank{suffix}"], row[f"id{suffix}"]
