"""An answer in plain words. What comes from a file or a name is text, and has to be escaped where it is shown."""

from collections.abc import Sequence

from app.checking.responses import Evidence, RecordResponse, ScoreResponse, StabilityResponse
from pipeline.asking.picture_judgement import explain_evidence
from pipeline.evaluation.display_names import name_damage
from pipeline.storage.labels import Label

#: What a look-alike was found by.
FOUND = {"bytes": "the same file", "pixels": "the same pixels in another file"}

#: What it means for a judgement that the picture is in a part of the data set.
SPLITS = {
    "train": "The detector learned from it, so its score proves nothing.",
    "val": "The detector was chosen by pictures like it, so its score proves little.",
    "test": "The detector was tested with it, and did not learn from it.",
    None: "The detector's recipe left it out.",
}


def explain_score(said: ScoreResponse) -> str:
    """Return the score as what it is, a number."""
    side = "at least" if said.called == Label.FAKE.name else "below"
    return f"Score: P(FAKE) {said.score:.3f}, {side} the threshold of {said.threshold:.3f} ({said.called})."


def explain_known(known: Sequence[RecordResponse]) -> list[str]:
    """Describe of each record that is the picture, or looks like it, where it is."""
    return [_explain_record(record) for record in known] or [
        "Neither this picture nor one like it is in the data set."
    ]


def _explain_record(record: RecordResponse) -> str:
    alike = FOUND.get(record.by, f"a near-duplicate, {record.bits} of 64 bits away")
    label = f", labelled {record.label}" if record.label else ""
    split = f", in the part {record.split}" if record.split else ""
    return f"It is in the data set: {alike}, from the source {record.source}{label}{split}. {SPLITS[record.split]}"


def explain_held(stored: Sequence[StabilityResponse]) -> str:
    """Describe how the score's class holds when the picture is stored again.

    >>> same = StabilityResponse(damage="jpeg-50", score=0.7, same=True)
    >>> explain_held([same, StabilityResponse(damage="jpeg-75", score=0.4, same=False)])
    'Stored again in 2 ways, it is called the same in 1. Called otherwise after JPEG at quality 75.'
    """
    changed = [name_damage(each.damage) for each in stored if not each.same]
    if not changed:
        return f"Stored again in {len(stored)} ways, it is called the same in all."
    same = len(stored) - len(changed)
    return (
        f"Stored again in {len(stored)} ways, it is called the same in {same or 'none'}. "
        f"Called otherwise after {', '.join(changed)}."
    )


def tell_evidence(evidence: Evidence) -> str:
    """Describe what the file tells of its own origin."""
    words = evidence.signature.words if evidence.signature else None
    return explain_evidence(evidence.kind, evidence.field, words)
