"""The passport of a picture: all that is on file of one record, from where it was found to who learned from it."""

from dataclasses import asdict, dataclass

from pipeline.decisions.reviews import read_reviews
from pipeline.lineage.manifests import Manifests, Row, first, part_of
from pipeline.lineage.relatives import RelatedRecords, Relative, read_screened
from pipeline.lineage.review_history import find_review, tell_review
from pipeline.lineage.screen_results import ScreenResult, list_verdicts
from pipeline.rights.rights import attribute, rights_of
from pipeline.runtime.errors import StageMissingError

#: Columns that say which record a row is of, and what the passport tells elsewhere.
KEY = {"source", "rank", "id", "file"}

COPY = {"label", "copy"} | KEY


@dataclass(frozen=True, slots=True)
class Dropped:
    """Which stage dropped a picture, the word why, and what it says for people."""

    stage: str
    reason: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A picture in one recipe: where it was placed and by what, its copies, and the score of the test."""

    recipe: str
    split: str | None
    placed_by: str | None
    dropped: Dropped | None
    copies: tuple[Row, ...]
    seen_by_model: bool
    score: float | None


@dataclass(frozen=True, slots=True)
class Passport:
    """One record. ``collected`` and ``screened`` are the rows of those stages, None where they have none.

    ``rights`` says whether it may be passed on, None for what was never fetched. ``verdicts``: of the screens.
    ``label`` is the one that it stands under, if need be by a ``review``, which is None where nobody looked at it.
    ``survivor`` stayed in this picture's place, ``replaced`` went in favour of it; ``group`` are the others of its
    group, ``sizes`` the sides in pixels that were made of it.
    """

    source: str
    rank: int
    id: str | None
    label: int | None
    collected: Row
    rights: Row | None
    screened: Row | None
    verdicts: tuple[ScreenResult, ...]
    dropped: Dropped | None
    review: Row | None
    survivor: Relative | None
    replaced: tuple[Relative, ...]
    near: tuple[Relative, ...]
    group: str | None
    diameter: int | None
    others: tuple[Relative, ...]
    sizes: tuple[int, ...]
    recipes: tuple[Part, ...]


def write_passport(manifests: Manifests, source: str, rank: int) -> Passport:
    """Read all that is known of a record.

    Raises:
        ParamsError: the reviews cannot be read.
        StageMissingError: what was collected is gone.
    """
    screened, unfit = read_screened(manifests, source, rank)
    collected = _read_collected(manifests, source, rank, screened)
    if collected is None:
        raise StageMissingError(manifests.paths.collected(source), f"collect@{source}")
    if seen := manifests.last_seen(source, rank):
        collected["last_seen"] = seen
    identity = collected.get("id")
    kept, gone = _read_deduplicated(manifests, source, rank, identity) if screened else (None, None)
    reviews = read_reviews(manifests.paths.root)
    alike = RelatedRecords(manifests, reviews, source, rank, identity, screened)
    told = kept or gone or {}
    in_group = gone is not None or (kept is not None and kept.get("members", 2) > 1)
    near, others = (alike.near(), alike.others(told["group"])) if in_group else ((), ())
    label, sizes = _read_resized(manifests, source, rank) if kept else (None, ())
    label = collected["label"] if label is None else label
    dropped = _tell_dropped(collected, unfit, gone)
    reason = dropped.reason if dropped else None
    review = find_review(reviews, identity, reason, [other.id for other in (*near, *others)])
    tested = collected.get("official_split") == "test"
    return Passport(
        source=source,
        rank=rank,
        id=identity,
        label=label,
        collected={name: value for name, value in collected.items() if name not in KEY},
        rights=_tell_rights(collected, screened) if identity else None,
        screened=screened and {name: value for name, value in screened.items() if name not in KEY},
        verdicts=list_verdicts(screened, unfit),
        dropped=dropped,
        review=tell_review(review, label, reason, tested) if review else None,
        survivor=alike.survivor(gone),
        replaced=alike.replaced() if in_group else (),
        near=near,
        group=told.get("group"),
        diameter=told.get("diameter"),
        others=others,
        sizes=sizes,
        recipes=tuple(_read_parts(manifests, source, rank, identity)) if kept else (),
    )


def _read_collected(manifests: Manifests, source: str, rank: int, screened: Row | None) -> Row | None:
    if screened:
        shard = manifests.shards(source)[screened["shard"] : screened["shard"] + 1]
        return first(manifests.read(shard, "rank = ?", [rank], "* EXCLUDE (image)"))
    rows = manifests.read(manifests.shards(source), "rank = ?", [rank], "* EXCLUDE (image)")
    return first(rows) or first(manifests.read(manifests.collected(source)[-1:], "rank = ?", [rank]))


def _tell_rights(collected: Row, screened: Row | None) -> Row:
    record = collected | {"license_in_file": (screened or {}).get("license_in_file")}
    rights = rights_of(record)
    return asdict(rights) | {"explanation": rights.explain(), "attribution": attribute(record)}


def _read_deduplicated(
    manifests: Manifests, source: str, rank: int, identity: str | None
) -> tuple[Row | None, Row | None]:
    folder = manifests.paths.deduplicated
    files = [folder / "groups.parquet", folder / "duplicates.parquet"]
    found = {
        part_of(r): r for r in manifests.read(files, "id = ? AND source = ? AND rank = ?", [identity, source, rank])
    }
    return found.get("groups"), found.get("duplicates")


def _tell_dropped(collected: Row, unfit: Row | None, gone: Row | None) -> Dropped | None:
    if "reason" in collected:
        return Dropped("collect", collected["reason"], collected["detail"])
    if unfit:
        return Dropped("screen", unfit["reason"], unfit["detail"])
    return Dropped("deduplicate", gone["reason"]) if gone else None


def _read_resized(manifests: Manifests, source: str, rank: int) -> tuple[int | None, tuple[int, ...]]:
    """Read the label that pixels were made under, and the sides of these."""
    folder = manifests.paths.resized(source)
    row = first(manifests.read([folder / "index.parquet"], "rank = ?", [rank]))
    if row is None:
        return None, ()
    return row["label"], tuple(sorted(int(size.parent.name) for size in folder.glob("*/pixels.npy")))


def _read_parts(manifests: Manifests, source: str, rank: int, identity: str | None) -> list[Part]:
    where, key = "id = ? AND source = ? AND rank = ?", [identity, source, rank]
    parts = []
    for recipe in manifests.recipes():
        placed = first(manifests.read(manifests.divided(recipe), where, key))
        if placed is None:
            continue
        copies: list[Row] = []
        if part_of(placed) == "train":
            copies = manifests.read([manifests.paths.augmented(recipe) / "index.parquet"], where, key)
        results = manifests.paths.results(recipe)
        scored = None
        if part_of(placed) == "test":
            scored = first(manifests.read([results / "predictions.parquet"], where, key))
        trained = (results / "model.keras").is_file()
        parts.append(_tell_part(recipe, placed, copies, trained, scored))
    return parts


def _tell_part(recipe: str, placed: Row, copies: list[Row], trained: bool, scored: Row | None) -> Part:
    part = part_of(placed)
    return Part(
        recipe=recipe,
        split=placed["split"] if part == "dropped" else part,
        placed_by=placed.get("placed_by"),
        dropped=Dropped("split", placed["reason"]) if part == "dropped" else None,
        copies=tuple({k: v for k, v in row.items() if k not in COPY} for row in copies if row["copy"]),
        seen_by_model=trained and part in ("train", "val", "test"),
        score=scored["score"] if scored else None,
    )
