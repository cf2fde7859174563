"""What can be decided on an item, and with which key."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.reviewing.review_items import Item, Subject
from pipeline.decisions.reviews import Decision
from pipeline.storage.labels import Label

#: In one click: what is most often said of pictures.
REASONS = (
    "plainly a photograph",
    "plainly AI-generated",
    "only looks alike",
    "a drawing, screenshot or text",
    "nobody could tell",
    "the detector errs",
)

#: Keys of the labels. Streamlit keeps R for itself.
KEYS = {Label.REAL: "P", Label.FAKE: "F"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: its key, its words, and what it decides by the id of each picture: nothing where it makes no sense."""

    key: str
    words: str
    decisions: Mapping[str, Decision]


def list_choices(item: Item) -> list[Choice]:
    """List what can be decided: to keep, to relabel, to drop."""
    free = [subject for subject in item.pictures if not subject.official]
    both = " both" if len(item.pictures) > 1 else ""
    return [
        Choice("K", f"Keep{both}", _keep(item)),
        *(
            Choice(KEYS[label], f"{'Both are' if both else 'It is'} {label.name}", _relabel(item, label))
            for label in Label
        ),
        Choice("D", f"Drop{both}", {subject.id: "drop" for subject in free}),
    ]


def _keep(item: Item) -> dict[str, Decision]:
    # One and the same picture cannot be both.
    same = len(item.pictures) > 1 and len({subject.pixels for subject in item.pictures}) == 1
    return {} if same else {subject.id: _decision(subject.label) for subject in item.pictures}


def _relabel(item: Item, label: Label) -> dict[str, Decision]:
    wrong = [subject for subject in item.pictures if subject.label != label]
    if not wrong or any(subject.official for subject in wrong):
        return {}
    return {subject.id: _decision(label) for subject in item.pictures}


def _decision(label: Label) -> Decision:
    return "REAL" if label == Label.REAL else "FAKE"


def warn(subjects: tuple[Subject, ...], tested: bool) -> str | None:
    """Describe what is to be borne in mind before one of these is decided on, None if nothing is."""
    if any(subject.official for subject in subjects):
        return "A picture of a data set's own test stays as it is, so that figures on it can be compared."
    if tested:
        return (
            "This is a test picture. Dropping what the detector gets wrong makes its figures better than it is: drop "
            "only what does not belong here."
        )
    return None
