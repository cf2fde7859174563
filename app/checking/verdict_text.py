"""An answer in plain words. What comes from a file or a name is text, and has to be escaped where it is shown."""

from collections.abc import Sequence

from app.checking.picture_verdict import NAMES
from app.checking.responses import Evidence, RecordResponse, ScoreResponse, StabilityResponse
from pipeline.report.display_names import name_damage
from pipeline.storage.labels import Label

#: What a look-alike was found by.
FOUND = {"bytes": "the same file", "pixels": "the same pixels in another file"}

#: What it means for a verdict that the picture is in a part of the data set.
SPLITS = {
    "train": "The detector learned from it, so its verdict proves nothing.",
    "val": "The detector was chosen by pictures like it, so its verdict proves little.",
    "test": "The detector was tested with it, and did not learn from it.",
    None: "The detector's recipe left it out.",
}

STAND_INS = (
    "This detector knows only the sandbox's stand-ins for AI images, made on this machine. "
    "What it says of other pictures means nothing."
)


def explain_call(said: ScoreResponse, tested: int, alarms: tuple[float, float]) -> str:
    """Say what the score comes to at the threshold, and how often that was wrong among the ``tested`` pictures."""
    side = "is at least" if said.called == Label.FAKE.name else "is below"
    named = NAMES[Label[said.called]]
    false_alarms, missed = alarms
    return (
        f"Its P(FAKE) of {said.score:.3f} {side} the threshold of {said.threshold:.3f}: called {named}. "
        f"In its test of {tested:,} pictures, this threshold called {false_alarms:.1%} of the photographs fake and "
        f"missed {missed:.1%} of the fakes."
    )


def explain_certainty(said: ScoreResponse) -> str:
    """Say what the words of the verdict rest on."""
    return (
        f"Of the {said.similar} test pictures that scored most alike, {said.fake:.0%} were AI-generated "
        f"(95% interval: {said.fake_low:.0%} to {said.fake_high:.0%})."
    )


def explain_evidence(evidence: Evidence) -> str:
    """Say what the file tells of its own origin.

    >>> explain_evidence(Evidence(kind="capture", field="exif:Make"))
    'The file names a camera (exif:Make). This is not signed; it can be copied in.'
    """
    signed = f" Its manifest is {evidence.signature.words}." if evidence.signature else ""
    # Who signed a manifest signed nothing that stands elsewhere in the file.
    in_manifest = (evidence.field or "").startswith("c2pa")
    if evidence.kind == "ai":
        claim = f"The file says that it was AI-generated ({evidence.field})."
        return claim + (signed if in_manifest else f" This is not signed; anybody can write it.{signed}")
    if evidence.kind == "capture":
        claim = f"The file names a camera ({evidence.field})."
        return claim + (signed if in_manifest else f" This is not signed; it can be copied in.{signed}")
    said = f" ({evidence.field} is there, and does not tell)" if evidence.field else ""
    return f"The file says nothing of its origin{said}.{signed} Most files do not, so this proves nothing."


def explain_known(known: Sequence[RecordResponse]) -> list[str]:
    """Say of each record that is the picture, or looks like it, where it is."""
    return [_explain_record(record) for record in known] or [
        "Neither this picture nor one like it is in the data set."
    ]


def _explain_record(record: RecordResponse) -> str:
    alike = FOUND.get(record.by, f"a near-duplicate, {record.bits} of 64 bits away")
    label = f", labelled {record.label}" if record.label else ""
    split = f", in the part {record.split}" if record.split else ""
    return f"It is in the data set: {alike}, from the source {record.source}{label}{split}. {SPLITS[record.split]}"


def explain_held(stored: Sequence[StabilityResponse]) -> str:
    """Say how the verdict holds when the picture is stored again.

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
