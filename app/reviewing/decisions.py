"""Decisions of people, written down at once and taken back in one step."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Lock

from pipeline.decisions.reviews import Decision, Review, read_reviews, write_reviews

#: What stood in the file of some pictures: a review, or None where there was none.
Before = Mapping[str, Review | None]

#: Two tabs of a browser may decide at once.
_WRITING = Lock()


def decide(root: Path, decisions: Mapping[str, Decision], why: str) -> Before:
    """Write down decisions on pictures, by their ids, for one reason; give what was there, which ``restore`` takes.

    Raises:
        ParamsError: the file of reviews is damaged; it stays as it is.
        ValueError: the reason is empty or too long.
    """
    today = date.today().isoformat()
    return _replace(root, {name: Review(name, decision, why.strip(), today) for name, decision in decisions.items()})


def restore(root: Path, before: Before) -> None:
    """Undo a decision.

    Raises:
        ParamsError: the file of reviews is damaged; it stays as it is.
    """
    _replace(root, before)


def _replace(root: Path, changed: Before) -> Before:
    with _WRITING:
        there = read_reviews(root)
        after = {**there, **changed}
        write_reviews(root, [review for review in after.values() if review])
    return {name: there.get(name) for name in changed}
