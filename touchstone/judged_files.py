"""What became of files that a detector was asked about, as a table, as JSON, and as CSV."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.runtime.console import show_sentences, show_table

if TYPE_CHECKING:
    from pipeline.asking.picture_judgement import PictureJudgement
    from pipeline.judgement.detector_judgement import DetectorJudgement


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: a judgement, or the word why there is none, with a detail for people."""

    path: Path
    judgement: "PictureJudgement | None" = None
    reason: str | None = None
    detail: str | None = None


def show_judgements(detector: "DetectorJudgement", outcomes: list[Outcome]) -> None:
    """Print what may be said of the detector, a row per file, the total, and what the words mean."""
    from pipeline.asking.picture_judgement import LEGEND

    remedies = [f"What to do: {remedy}." for remedy in detector.remedies]
    show_sentences([detector.headline, *remedies])
    show_table(("path", "P(FAKE)>", "judgement"), map(_as_row, outcomes))
    judged = [outcome.judgement for outcome in outcomes if outcome.judgement]
    counts = Counter(_name(judgement) for judgement in judged)
    unread = [f"{len(outcomes) - len(judged):,} not read"] if len(judged) < len(outcomes) else []
    total = [f"{count:,} {name}" for name, count in counts.most_common()] + unread
    print(f"\n{len(outcomes):,} files: {', '.join(total)}.\n")
    for word in dict.fromkeys(judgement.certainty for judgement in judged):
        print(f"{word}: {LEGEND[word]}.")


def _name(judgement: "PictureJudgement") -> str:
    return judgement.certainty if judgement.label is None else f"{judgement.certainty} {judgement.label.name}"


def _as_row(outcome: Outcome) -> tuple[object, ...]:
    if outcome.judgement is None:
        return outcome.path, None, f"{outcome.reason}: {outcome.detail}"
    return outcome.path, f"{outcome.judgement.score:.4f}", " ".join(outcome.judgement.sentences)


def to_json(outcome: Outcome) -> dict[str, object]:
    """Return what became of a file for programs."""
    if outcome.judgement is None:
        return {"path": str(outcome.path), "error": outcome.reason, "detail": outcome.detail}
    judgement = outcome.judgement.to_json()
    return {"path": str(outcome.path), "score": round(outcome.judgement.score, 6), "judgement": judgement}


def write_csv(path: Path, outcomes: list[Outcome]) -> None:
    """Write a line per file: its path, the certainty, the label, the score, and the judgement in words."""
    from pipeline.storage.files import write_text

    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("path", "certainty", "label", "score", "called", "judgement", "error"))
    for outcome in outcomes:
        # A spreadsheet would take a text that begins so for a formula.
        name = f"'{outcome.path}" if str(outcome.path).startswith(("=", "+", "-", "@")) else str(outcome.path)
        if (told := outcome.judgement) is None:
            rows.writerow((name, "", "", "", "", "", f"{outcome.reason}: {outcome.detail}"))
            continue
        label = told.label.name if told.label is not None else ""
        words = " ".join(told.sentences)
        rows.writerow((name, told.certainty, label, f"{told.score:.6f}", told.called.name, words, ""))
    write_text(path, text.getvalue())
