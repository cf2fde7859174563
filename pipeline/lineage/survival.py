"""By which rule of ``deduplicate`` one of two pictures stayed."""

from collections.abc import Callable
from typing import Any

from pipeline.storage.labels import Label

Row = dict[str, Any]


def _doubt(row: Row) -> int:
    """Rank what the metadata says of a picture: 0 for its label, 1 nothing, 2 against it."""
    evidence = row.get("evidence", "none")
    if evidence == "none":
        return 1
    return 0 if evidence == ("ai" if row["label"] == Label.FAKE else "capture") else 2


#: The rules in their order: each gives a number, and the smaller one stays.
RULES: dict[str, Callable[[Row], int]] = {
    "official-test": lambda row: row["official_split"] != "test",
    "reviewed": lambda row: not row.get("vouched", False),
    "evidence": _doubt,
    "pixels": lambda row: -row["width"] * row["height"],
    "bytes": lambda row: -row["bytes"],
}


def tell_rule(stayed: Row, went: Row) -> str:
    """Name the rule by which, of two screened pictures, one stayed: where they are equal in all, it came first.

    >>> small = {"official_split": None, "label": 0, "evidence": "none", "width": 10, "height": 10, "bytes": 9}
    >>> tell_rule(small | {"width": 20}, small), tell_rule(small, small)
    ('pixels', 'first-found')
    """
    return next((name for name, rank in RULES.items() if rank(stayed) < rank(went)), "first-found")
