"""``touchstone duplicates``: which pictures are the same or nearly, which of them stayed, and why the others went."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import reasons, show_json, show_table

if TYPE_CHECKING:
    import pandas as pd

#: Pictures of one group that the table shows. JSON has them all.
PICTURES = 10


def duplicates(
    limit: Annotated[int, typer.Option(min=1, help="How many groups to show, the largest first.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the groups of pictures that belong together: duplicates, near-duplicates and twins.

    A group's diameter is how many bits the hashes of two of its pictures differ in at most. A picture that was dropped
    is shown with the reason, and with how many bits lie between it and the one that stayed in its place.

    \b
    Examples:
      touchstone duplicates
      touchstone duplicates --limit 50
      touchstone duplicates --json
    """
    from pipeline.runtime.paths import Paths, find_root
    from pipeline.similarity.duplicate_groups import read_groups

    found = describe(read_groups(Paths(find_root())), limit)
    if as_json:
        show_json(found)
        return
    dropped = reasons(found["dropped"]) or "none"
    print(
        f"groups of several pictures: {found['groups']:,}, pictures in them: {found['pictures']:,}; dropped: {dropped}"
    )
    for group in found["largest"]:
        print(f"\n{group['group'][:12]}: {len(group['pictures']):,} pictures, diameter {group['diameter']} bits")
        show_table(
            ("picture", "what became of it", "bits>", "in favour of"), map(_as_row, group["pictures"][:PICTURES])
        )
        if len(group["pictures"]) > PICTURES:
            print(f"... and {len(group['pictures']) - PICTURES:,} more")


def describe(rows: "pd.DataFrame", limit: int) -> dict[str, Any]:
    """Count the pictures in groups and those of them that went, and tell of the largest groups all that is known."""
    groups = rows["group"].drop_duplicates()
    return {
        "groups": len(groups),
        "pictures": len(rows),
        "dropped": {str(reason): int(count) for reason, count in rows["reason"].value_counts().items()},
        "largest": [_describe_group(name, rows[rows["group"] == name]) for name in groups[:limit]],
    }


def _describe_group(name: str, rows: "pd.DataFrame") -> dict[str, Any]:
    pictures = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return {
        "group": name,
        "diameter": int(rows["diameter"].iloc[0]),
        "pictures": [_describe_picture(picture) for picture in pictures],
    }


def _describe_picture(row: dict[Any, Any]) -> dict[str, Any]:
    described = {"source": row["source"], "rank": int(row["rank"]), "id": row["id"], "reason": row["reason"]}
    if row["survivor_source"] is None:
        return described | {"distance": None, "survivor": None}
    survivor = {"source": row["survivor_source"], "rank": int(row["survivor_rank"]), "id": row["survivor_id"]}
    return described | {"distance": int(row["distance"]), "survivor": survivor}


def _as_row(picture: dict[str, Any]) -> tuple[object, ...]:
    survivor = picture["survivor"] and f"{picture['survivor']['source']} {picture['survivor']['rank']}"
    fate = f"dropped: {picture['reason']}" if picture["reason"] else "stayed"
    return f"{picture['source']} {picture['rank']}", fate, picture["distance"], survivor
