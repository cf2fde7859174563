"""What is to be reviewed: single pictures, or two that contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.lineage.manifests import Manifests, Row
from pipeline.storage.labels import Label

#: Columns that tell where a picture's bytes are, and what is decided on.
COLUMNS = "source, rank, id, label, pixels_id, official_split, shard"


@dataclass(frozen=True, slots=True)
class Subject:
    """A picture, and the label that is in question.

    ``pixels`` names what it shows; ``shard`` says which one of its source's has its bytes. ``official``: it is of its
    data set's own test, which stays as it is. ``reason``: why it is not in the data set as it is built, None if it is.
    """

    source: str
    rank: int
    id: str
    label: Label
    pixels: str
    official: bool
    shard: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One or two pictures to decide on together, and why they are in the queue."""

    pictures: tuple[Subject, ...]
    why: str

    @property
    def ids(self) -> set[str]:
        """The ids of its pictures."""
        return {subject.id for subject in self.pictures}


def join_screened(manifests: Manifests, rows: Sequence[Row]) -> list[tuple[Row, Subject]]:
    """Put beside rows, which have ``source``, ``rank`` and ``id``, the pictures that they are of, in their order."""
    ids = [sorted({row["id"] for row in rows})]
    sources = {row["source"] for row in rows}
    files = [manifests.screened(source)[0] for source in sorted(sources)]
    of_ids = "id IN (SELECT unnest(?))"
    screened = {_key(row): row for row in manifests.read(files, of_ids, ids, COLUMNS)}
    gone = manifests.read([manifests.paths.deduplicated / "duplicates.parquet"], of_ids, ids, "source, rank, reason")
    reasons = {_key(row): row["reason"] for row in gone}
    return [(row, _subject(screened[_key(row)], reasons.get(_key(row)))) for row in rows if _key(row) in screened]


def _key(row: Row) -> tuple[str, int]:
    return row["source"], row["rank"]


def _subject(row: Row, reason: str | None) -> Subject:
    return Subject(
        source=row["source"],
        rank=row["rank"],
        id=row["id"],
        label=Label(row["label"]),
        pixels=row["pixels_id"],
        official=row["official_split"] == "test",
        shard=row["shard"],
        reason=reason,
    )
