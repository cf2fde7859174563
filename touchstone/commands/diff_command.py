"""``touchstone diff``: what changed between two versions, picture by picture, and what it did to the detectors."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import show_json, show_table

if TYPE_CHECKING:
    from pipeline.lineage.versions import VersionChange

#: Pictures of one kind of change that the table shows. JSON has them all.
SHOWN = 10

FIGURES = ("accuracy", "roc_auc", "precision", "recall")


def diff(
    before: Annotated[str, typer.Argument(help="A revision of git: a commit, a branch, a tag, HEAD~1.")],
    after: Annotated[str | None, typer.Argument(help="Another one; the working tree if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show which pictures came and went between two versions, and which have another split, label or group.

    Both versions are read from DVC's cache; the working tree stays as it is. The figures of both are computed from
    their predictions.

    \b
    Examples:
      touchstone diff HEAD~1
      touchstone diff v1 v2 --json
    """
    from pipeline.lineage.lock import read_lock
    from pipeline.lineage.versions import Version, compare
    from pipeline.raw_data.dvc_store import find_cache
    from pipeline.runtime.paths import find_root

    root = find_root()
    cache = find_cache(root)
    change = compare(*(Version(root, cache, read_lock(root, revision), revision) for revision in (before, after)))
    if as_json:
        show_json({"before": before, "after": after} | asdict(change))
        return
    kinds = {"came": change.came, "went": change.went, "relabelled": change.relabelled, "regrouped": change.regrouped}
    show_table(("pictures that", "number>"), ((kind, len(rows)) for kind, rows in kinds.items()))
    for kind, rows in kinds.items():
        _show_pictures(kind, rows)
    _show_recipes(change)


def _show_pictures(title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        print(f"\n{title}\n")
        show_table(("picture", "source", "before", "after"), map(_as_row, rows[:SHOWN]))
        if len(rows) > SHOWN:
            print(f"... and {len(rows) - SHOWN:,} more")


def _as_row(row: Mapping[str, Any]) -> tuple[object, ...]:
    source = (row["before"] or row["after"])["source"]
    return row["id"][:12], source, _tell(row["before"]), row.get("reason") or _tell(row["after"])


def _tell(side: Mapping[str, Any] | None) -> str | None:
    if side is None:
        return None
    told = {name: str(value)[:12] for name, value in side.items() if name != "source"}
    return ", ".join(f"{name} {value}" for name, value in told.items())


def _show_recipes(change: "VersionChange") -> None:
    for recipe, rows in change.moved.items():
        moved = [
            row for row in rows if row["before"] and row["after"] and row["before"]["part"] != row["after"]["part"]
        ]
        joined, left = sum(not row["before"] for row in rows), sum(not row["after"] for row in rows)
        print(f"\nrecipe {recipe}: {joined:,} pictures joined, {left:,} left, {len(moved):,} moved to another split")
        _show_pictures("moved", moved)
        figures = list(_figures(change.metrics[recipe]))
        if figures:
            print()
            show_table(("figure", "before>", "after>", "change>"), figures)


def _figures(metrics: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, str, str, str]]:
    for name in FIGURES:
        if name in metrics:
            told = metrics[name]
            yield name, f"{told['before']:.4f}", f"{told['after']:.4f}", f"{told['change']:+.4f}"
