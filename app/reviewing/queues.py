"""Pictures that are worth a human eye, from the stages' manifests: what is in doubt, and why."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.reviewing.contradictions import find_contradictions, find_unconfirmed
from app.reviewing.review_items import Item, join_screened
from pipeline.config.params import Params
from pipeline.evidence.verifying import Signature
from pipeline.lineage.manifests import Manifests, Row
from pipeline.storage.labels import Label

#: A detector that is so sure and wrong is worth a look: it may be right.
SURE = 0.9

#: So far from the threshold at most, on the scale of P(FAKE), a detector is undecided.
CLOSE = 0.05

#: Items of one queue: nobody looks at more in one go.
MOST = 500


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: its title, what is in it, in words, and what finds its items.

    ``find`` takes a recipe, which those queues need that are ``of_detector``.
    """

    title: str
    about: str
    find: Callable[[Manifests, Params, str], list[Item]]
    of_detector: bool = False


def find_label_conflicts(manifests: Manifests, params: Params, _: str) -> list[Item]:
    """Find the pictures whose own metadata speaks against the label of their source."""
    wrong = "(evidence = 'ai' AND label = 0) OR (evidence = 'capture' AND label = 1) ORDER BY source, rank LIMIT ?"
    files = [manifests.screened(source)[0] for source in params.sources]
    rows = join_screened(manifests, manifests.read(files, wrong, [MOST]))
    # Of those that went for another one, the other one is worth a look.
    return [
        Item((subject,), f"its source says {subject.label.name}, the file says {_claim(row)}")
        for row, subject in rows
        if subject.reason in (None, "label-conflict", "reviewed")
    ]


def find_confident_errors(manifests: Manifests, _: Params, recipe: str) -> list[Item]:
    """Find the test pictures on which a detector is wrong and sure, the surest first."""
    sure = f"((label = 0 AND score >= {SURE}) OR (label = 1 AND score <= 1 - {SURE}))"
    wrong = f"{sure} AND (score >= threshold) <> (label = 1)"
    return _scored(manifests, recipe, f"{wrong} ORDER BY abs(score - label) DESC, source, rank LIMIT ?")


def find_near_threshold(manifests: Manifests, _: Params, recipe: str) -> list[Item]:
    """Find the test pictures that a detector would call otherwise if its threshold were a little different."""
    return _scored(
        manifests,
        recipe,
        f"abs(score - threshold) <= {CLOSE} ORDER BY abs(score - threshold), source, rank LIMIT ?",
    )


def _scored(manifests: Manifests, recipe: str, where: str) -> list[Item]:
    rows = manifests.read([manifests.paths.scores(recipe)], f"kept AND {where}", [MOST])
    # It was examined under this label, whatever its source says.
    found = [(row, replace(subject, label=Label(row["label"]))) for row, subject in join_screened(manifests, rows)]
    return [Item((subject,), _tell_score(row)) for row, subject in found]


def _tell_score(row: Row) -> str:
    called, label = Label(row["score"] >= row["threshold"]).name, Label(row["label"]).name
    score = f"P(FAKE) = {row['score']:.3f}, threshold {row['threshold']:.3f}"
    return f"the detector calls it {called} ({score}), its label is {label}"


def _claim(row: Row) -> str:
    kind = "that it was generated" if row["evidence"] == "ai" else "that a camera took it"
    state, signer = row.get("evidence_signature"), row.get("evidence_signer")
    signed = f"; its manifest is {Signature(state, signer).explain()}" if state else ""
    return f"{kind} ({row['evidence_field']}{signed})"


#: In the order in which they are offered.
QUEUES = (
    Queue(
        "Label conflicts",
        "A file says that it was generated and stands under REAL, or that a camera took it and stands under FAKE.",
        find_label_conflicts,
    ),
    Queue(
        "REAL and FAKE",
        "Two pictures are copies, and one was found as REAL, the other as FAKE. Unless somebody decides, "
        "`deduplicate.cross_label` says what becomes of them.",
        find_contradictions,
    ),
    Queue(
        "Perhaps the same",
        "Two pictures might be copies, and their pixels did not confirm it. Both stay, in one group; drop one "
        "that should go.",
        find_unconfirmed,
    ),
    Queue(
        "Confident errors",
        f"The detector is wrong on these test pictures, at {SURE:.0%} or surer: some of them may be labelled wrongly.",
        find_confident_errors,
        of_detector=True,
    ),
    Queue(
        "Near the threshold",
        f"On these test pictures the detector is undecided: within {CLOSE} of its threshold.",
        find_near_threshold,
        of_detector=True,
    ),
)
