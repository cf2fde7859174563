"""Two pictures that are copies, or might be: found as REAL and as FAKE, or in need of a human eye."""

from app.reviewing.review_items import Item, Subject, join_screened
from pipeline.config.params import Params
from pipeline.lineage.manifests import Manifests, Row

#: Pairs of one queue: nobody looks at more in one go.
MOST = 500


def find_contradictions(manifests: Manifests, _params: Params, _recipe: str) -> list[Item]:
    """Find the pairs that were confirmed as copies, and of which one was found as REAL, the other one as FAKE."""
    pairs = _read_pairs(manifests, "confirmed ORDER BY distance, source_a, rank_a, source_b, rank_b", [])
    # A picture that is told twice, under two ranks, is one to look at.
    items = {
        (one.id, other.id, one.label): Item((one, other), _tell_distance(row["distance"]))
        for row, one, other in reversed(pairs)
        if one.label != other.label
    }
    return list(reversed(items.values()))


def find_unconfirmed(manifests: Manifests, _params: Params, _recipe: str) -> list[Item]:
    """Find the pairs that might be copies, those first in which most agrees."""
    order = "agreeing / greatest(detailed, 1) DESC, distance, source_a, rank_a, source_b, rank_b"
    return [
        Item((one, other), _tell_look(row))
        for row, one, other in _read_pairs(manifests, f"NOT confirmed ORDER BY {order} LIMIT ?", [MOST])
    ]


def _read_pairs(manifests: Manifests, where: str, values: list[int]) -> list[tuple[Row, Subject, Subject]]:
    pairs = manifests.read([manifests.paths.deduplicated / "pairs.parquet"], where, values)
    if not pairs:
        return []
    told = [{name: row[f"{name}_{side}"] for name in ("source", "rank", "id")} for side in ("a", "b") for row in pairs]
    found = {(end["source"], end["rank"]): subject for end, subject in join_screened(manifests, told)}
    ends = [tuple((row[f"source_{side}"], row[f"rank_{side}"]) for side in ("a", "b")) for row in pairs]
    return [
        (row, found[one], found[other])
        for row, (one, other) in zip(pairs, ends, strict=True)
        if one in found and other in found
    ]


def _tell_distance(bits: int) -> str:
    return (
        f"copies, {bits} of 64 bits apart, and found as REAL and as FAKE"
        if bits
        else "copies of one hash, found as REAL and as FAKE"
    )


def _tell_look(row: Row) -> str:
    detail = f"{row['agreeing']} of their {row['detailed']} places with detail agree" if row["detailed"] else ""
    detail = detail or "they look alike, and have little detail"
    return f"they may be copies: {detail}, {row['distance']} of 64 bits apart"
