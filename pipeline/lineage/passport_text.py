"""A passport in words, line by line: what a person reads who asks why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.evidence.verifying import Signature
from pipeline.runtime.console import clean
from pipeline.storage.labels import Label

Facts = Mapping[str, Any]

#: Relatives of one kind that are listed. JSON has them all.
LISTED = 8

#: What each column is called, in the order in which they are told. Columns that are not here come after them.
TITLES = {
    "collector": "collector",
    "query": "asked for",
    "title": "title",
    "image_url": "address",
    "page_url": "page",
    "fetched_at": "fetched",
    "last_seen": "last found",
    "license": "licence",
    "author": "author",
    "generator": "made by",
    "pair": "twin of pair",
    "official_split": "official split",
    "http": "server said",
    "found_by": "read by rule",
    "thumbnail": "size",
}
PLACED = {
    "draw": "drawn from the name of its group",
    "official": "as its data set says",
    "held-out": "held out by the recipe",
}
SHARED = {"open": "yes", "unchanged": "as its original file", "closed": "no, its address and hash only"}
EFFECTS = {
    "honoured": "",
    "pending": "; it takes effect at the next `dvc repro`",
    "idle": "; that changes nothing, as the picture is of an official test",
}
RULES = {
    "official-test": "it is of an official test",
    "reviewed": "a person has confirmed its label",
    "evidence": "its own metadata speaks for its label",
    "pixels": "it has more pixels",
    "bytes": "it has more bytes",
    "first-found": "it came first",
}


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of a picture under a title; where ``words`` is None, the title stands above what follows.

    A line without a title goes on with the one before it.
    """

    title: str
    words: str | None = None

    def __str__(self) -> str:
        return f"\n{self.title}" if self.words is None else f"  {self.title:<15}{self.words}"


def tell(passport: Facts) -> list[str]:
    """Put a passport, as a dictionary, into lines."""
    first, *others = list_lines(passport)
    return [first.title, *map(str, others)]


def list_lines(passport: Facts) -> list[Line]:
    """List what a passport, as a dictionary, tells: its name first."""
    sections = (
        _head, _tell_review, _tell_collected, _tell_rights, _tell_screened, _tell_alike, _tell_sizes, _tell_recipes,
        _tell_scores,
    )  # fmt: skip
    return [line for section in sections for line in section(passport)]


def _line(title: str, *words: object) -> Line:
    return Line(title, " ".join(clean(word) for word in words))


def _head(passport: Facts) -> Iterator[Line]:
    yield Line(passport["id"] or "a picture that was never fetched")
    by, bits = passport["found_by"], passport["bits"]
    if bits is None or by == "pixels":
        yield _line("found by", by)
    else:
        what = "another picture, or changed" if bits else "hardly changed, as other pixels have the same hash"
        yield _line("found by", f"{by}: {bits} of 64 bits differ; it is {what}")
    label = passport["label"]
    named = "of no known label" if label is None else Label(label).name
    yield _line("record", f"{passport['source']} #{passport['rank']},", named)
    yield _line("fate", _fate(passport))


def _fate(passport: Facts) -> str:
    dropped = passport["dropped"]
    if dropped:
        detail = f": {dropped['detail']}" if dropped["detail"] else ""
        return f"dropped by {dropped['stage']}, {dropped['reason']}{detail}"
    if passport["group"] is None:
        return "passed the screens" if passport["screened"] else "collected, not screened yet"
    return "kept"


def _tell_review(passport: Facts) -> Iterator[Line]:
    review = passport["review"]
    if not review:
        return
    label = passport["collected"]["label"]
    found_as = "without a label" if label is None else Label(label).name
    decided = "to be dropped" if review["label"] is None else f"{review['label']}, found as {found_as}"
    whose = "" if review["id"] == passport["id"] else f", said of {review['id'][:12]}, which is like it"
    yield Line("Reviewed")
    yield _line("decision", f"{decided}, on {review['on']}{whose}{EFFECTS[review['effect']]}")
    yield _line("because", review["why"])


def _tell_collected(passport: Facts) -> Iterator[Line]:
    facts = dict(passport["collected"])
    for told in ("label", "id", "reason", "detail"):
        facts.pop(told, None)
    http = facts.get("http")
    if http:
        facts["http"] = ", ".join(f"{name} {value}" for name, value in http.items() if value is not None)
    facts["thumbnail"] = "a small copy, not the picture itself" if facts.get("thumbnail") else None
    yield Line("Collected")
    for name in [*TITLES, *(name for name in facts if name not in TITLES)]:
        if facts.get(name) is not None:
            yield _line(TITLES.get(name, name.replace("_", " ")), facts[name])


def _tell_rights(passport: Facts) -> Iterator[Line]:
    rights = passport["rights"]
    if not rights:
        return
    yield Line("Rights")
    yield _line("to be shared", f"{SHARED[rights['answer']]}, {rights['reason']}: {rights['explanation']}")
    if rights["attribution"]:
        yield _line("to be named", rights["attribution"])


def _tell_screened(passport: Facts) -> Iterator[Line]:
    verdicts, found = passport["verdicts"], passport["screened"]
    if not verdicts:
        return
    yield Line("Screened")
    for title, wanted in (("passed", True), ("failed", False)):
        if told := [_tell_verdict(verdict) for verdict in verdicts if verdict["passed"] == wanted]:
            yield _line(title, "; ".join(told))
    if not found:
        return
    yield _line(
        "file", f"{found['format']} {found['mode']}, {found['width']}x{found['height']}, {found['bytes']:,} bytes"
    )
    if found.get("jpeg_quality") is not None:
        yield _line("JPEG", f"quality {found['jpeg_quality']}, {found['jpeg_subsampling']}")
    field = f", says {found['evidence_field']}" if found.get("evidence_field") else ""
    yield _line("evidence", f"{found.get('evidence', 'none')}{field}")
    if found.get("evidence_signature"):
        yield _line("manifest", Signature(found["evidence_signature"], found["evidence_signer"]).explain())
    if found.get("license_in_file"):
        yield _line("licence", f"{found['license_in_file']}, in the file itself")
    if found.get("normalised"):
        yield _line("made RGB by", ", ".join(found["normalised"]))
    yield _line("pixels", found["pixels_id"])
    hashes = {name: found[name] for name in ("phash", "dhash", "average_hash", "whash") if name in found}
    yield _line("hashes", ", ".join(f"{name} {value:016x}" for name, value in hashes.items()))


def _tell_verdict(verdict: Facts) -> str:
    return ": ".join(filter(None, (verdict["screen"], verdict["measured"])))


def _tell_alike(passport: Facts) -> Iterator[Line]:
    if passport["group"] is None:
        return
    yield Line("Alike")
    others = len(passport["others"])
    with_whom = f"with {others} other{'s' if others > 1 else ''}" if others else "by itself"
    yield _line("group", passport["group"][:12], with_whom)
    survivor = passport["survivor"]
    if survivor:
        because = RULES.get(survivor["rule"], "")
        yield _line("in its place", _name(survivor), f"{survivor['distance']} bits away, stayed: {because}")
    yield from _list("went for it", passport["replaced"], _tell_replaced)
    yield from _list("near", passport["near"], lambda other: f"{_name(other)} {other['distance']} bits away")
    yield from _list("in the group", passport["others"], lambda o: f"{_name(o)} {o['reason'] or 'stayed'}")


def _tell_replaced(other: Facts) -> str:
    return f"{_name(other)} {other['reason']}, {other['distance']} bits away: {RULES.get(other['rule'], '')}"


def _tell_sizes(passport: Facts) -> Iterator[Line]:
    if passport["sizes"]:
        yield Line("Resized")
        yield _line("sizes", ", ".join(f"{size}x{size}" for size in passport["sizes"]))


def _tell_recipes(passport: Facts) -> Iterator[Line]:
    for part in passport["recipes"]:
        yield Line(f"Recipe {part['recipe']}")
        why = PLACED.get(part["placed_by"])
        dropped = f"dropped by split, {part['dropped']['reason']}" if part["dropped"] else None
        yield _line("split", "; ".join(filter(None, [part["split"], why, dropped])))
        for number, copy in enumerate(part["copies"], start=1):
            yield _line(f"copy {number}", _tell_copy(copy))
        if part["seen_by_model"]:
            seen = {"train": "learned from it", "val": "its best epoch was chosen by it", "test": "was examined on it"}
            yield _line("model", seen[part["split"]])
        if part["score"] is not None:
            yield _line("P(FAKE)", f"{part['score']:.4f}, when examined")


def _tell_copy(copy: Facts) -> str:
    unchanged = (False, 0, 1, None)
    changes = [
        name if value is True else f"{name} {value:.4g}" for name, value in copy.items() if value not in unchanged
    ]
    return ", ".join(changes) or "unchanged"


def _tell_scores(passport: Facts) -> Iterator[Line]:
    if "scores" in passport:
        yield Line("Asked now")
        for recipe, score in passport["scores"].items():
            yield _line(recipe, f"P(FAKE) {score:.4f}")
        if not passport["scores"]:
            yield _line("scores", "none: no model, or no pixels of its size")


def _list(title: str, others: Any, describe: Any) -> Iterator[Line]:
    for number, other in enumerate(others[:LISTED]):
        yield _line("" if number else title, describe(other))
    if len(others) > LISTED:
        yield _line("", f"... and {len(others) - LISTED:,} more")


def _name(other: Facts) -> str:
    return f"{other['id'][:12]} ({other['source']} #{other['rank']})"
