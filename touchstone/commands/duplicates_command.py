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
    """Show the groups of pictures that belong together: copies, what might be copies, and twins.

    A group's diameter is how many bits the hashes of two of its pictures differ in at most. A picture that was dropped
    is shown with the reason, and with how many bits lie between it and the one that stayed in its place. Pairs that
    might be copies, and that the pixels did not confirm, are counted, and shown with their group.

    \b
    Examples:
      touchstone duplicates
      touchstone duplicates --limit 50
      touchstone duplicates --json
    """
    from pipeline.readers.duplicate_groups import read_groups, read_unconfirmed
    from pipeline.runtime.paths import Paths, find_root

    paths = Paths(find_root())
    found = describe(read_groups(paths), limit, read_unconfirmed(paths))
    if as_json:
        show_json(found)
        return
    dropped = reasons(found["dropped"]) or "none"
    counted = f"groups of several pictures: {found['groups']:,}, pictures in them: {found['pictures']:,}"
    print(f"{counted}; dropped: {dropped}; pairs that are not confirmed: {found['unconfirmed']:,}")
    for group in found["largest"]:
        bound = "" if group["exact"] else "at most "
        print(
            f"\n{group['group'][:12]}: {len(group['pictures']):,} pictures, diameter {bound}{group['diameter']} bits"
        )
        show_table(
            ("picture", "what became of it", "bits>", "in favour of"), map(_as_row, group["pictures"][:PICTURES])
        )
        if len(group["pictures"]) > PICTURES:
            print(f"... and {len(group['pictures']) - PICTURES:,} more")
        for pair in group["unconfirmed"][:PICTURES]:
            (one, other), places = (
                pair["pictures"],
                f"{pair['agreeing']} of {pair['detailed']} places with detail agree",
            )
            print(f"not confirmed: {one['source']} {one['rank']} and {other['source']} {other['rank']}, {places}")


def describe(rows: "pd.DataFrame", limit: int, unconfirmed: "pd.DataFrame") -> dict[str, Any]:
    """Count the pictures in groups, those of them that went, and the pairs that are not confirmed; and tell of the
    largest groups all that is known."""
    groups = rows["group"].drop_duplicates()
    return {
        "groups": len(groups),
        "pictures": len(rows),
        "dropped": {str(reason): int(count) for reason, count in rows["reason"].value_counts().items()},
        "unconfirmed": len(unconfirmed),
        "largest": [_describe_group(name, rows[rows["group"] == name], unconfirmed) for name in groups[:limit]],
    }


def _describe_group(name: str, rows: "pd.DataFrame", unconfirmed: "pd.DataFrame") -> dict[str, Any]:
    pairs = unconfirmed[unconfirmed["id_a"].isin(rows["id"])].to_dict("records")
    pictures = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return {
        "group": name,
        "diameter": int(rows["diameter"].iloc[0]),
        "exact": bool(rows["exact"].iloc[0]),
        "pictures": [_describe_picture(picture) for picture in pictures],
        "unconfirmed": [_describe_pair(pair) for pair in pairs],
    }


def _describe_pair(pair: dict[Any, Any]) -> dict[str, Any]:
    ends = [{name: pair[f"{name}_{side}"] for name in ("source", "rank", "id")} for side in ("a", "b")]
    return {"pictures": ends} | {name: int(pair[name]) for name in ("distance", "agreeing", "detailed")}


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
