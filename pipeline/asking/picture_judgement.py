"""What may be said of a picture before one detector: in words and as data, the same on every surface."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.asking.scored_test import Neighbours, ScoredTest
from pipeline.evidence.origin_evidence import Kind
from pipeline.judgement.detector_judgement import FILE, DetectorJudgement, Reason, read_judgement, untested
from pipeline.judgement.file_facts import FileFacts
from pipeline.judgement.likeness import Likeness
from pipeline.storage.labels import Label

Certainty = Literal["very likely", "probably", "more likely", "cannot tell"]

#: How sure the test must let us be of a word: the lower end of the 95% interval.
SURE: tuple[tuple[float, Certainty], ...] = ((0.95, "very likely"), (0.8, "probably"), (0.55, "more likely"))

#: What people read for each class.
NAMES = {Label.REAL: "a photograph", Label.FAKE: "AI-generated"}

#: What a file may say of its origin: in words, and the class that it speaks for.
EVIDENCE = {
    "ai": ("says that it was AI-generated", Label.FAKE),
    "capture": ("names a camera", Label.REAL),
}

HEADLINES = {
    "very likely": "Very likely {}.",
    "probably": "Probably {}.",
    "more likely": "More likely {} than not.",
}

#: What the words rest on: the lower end of the 95% interval of that share.
LEGEND = {
    "very likely": "of the test pictures with such scores, at least 95% are of that class",
    "probably": "of the test pictures with such scores, at least 80% are of that class",
    "more likely": "of the test pictures with such scores, at least 55% are of that class",
    "cannot tell": "the detector, the picture or its file does not bear a conclusion; the score is a number, no more",
}


@dataclass(frozen=True, slots=True)
class AskedPicture:
    """What is known of a picture before it is judged.

    ``features`` are the network's, (m,), or None. ``recompressed`` is the score after ``recompress``, None where that
    was not asked for.
    """

    score: float
    file: FileFacts
    features: NDArray[np.float32] | None = None
    recompressed: float | None = None


@dataclass(frozen=True, slots=True)
class PictureJudgement:
    """What may be said of a picture.

    ``label`` is the class that is concluded, None where the detector cannot tell; ``reasons`` say why it cannot.
    ``called`` is no conclusion but the class of the ``score`` at the ``threshold``. ``neighbours`` are the test
    pictures of about that score, None where there is no test. ``sentences`` hold all that is to be said, the headline
    first.
    """

    certainty: Certainty
    label: Label | None
    headline: str
    sentences: tuple[str, ...]
    reasons: tuple[Reason, ...]
    score: float
    threshold: float
    called: Label
    neighbours: Neighbours | None

    def to_json(self) -> dict[str, Any]:
        """Return all of it for programs, classes by their names."""
        return asdict(self) | {"label": None if self.label is None else self.label.name, "called": self.called.name}


@dataclass(frozen=True, slots=True)
class PictureJudge:
    """All that is known of a detector when it is asked about pictures; of a bare model, only its ``threshold``."""

    detector: DetectorJudgement
    threshold: float
    test: ScoredTest | None = None
    likeness: Likeness | None = None

    @classmethod
    def open(cls, model: Path, threshold: float) -> Self:
        """Open what ``evaluate`` left beside a model's file, if it did.

        Raises:
            StageMissingError: some of it is missing or damaged.
        """
        results = model.parent
        if not (results / FILE).is_file():
            return cls(untested(model.name), threshold)
        detector = read_judgement(results / FILE, results.name)
        return cls(detector, threshold, ScoredTest.read(results, threshold), Likeness.read(results))

    def wants_recompressed(self, file: FileFacts) -> bool:
        """Return whether a picture is to be asked about once more, recompressed: not where nothing hangs on it."""
        return self.detector.judged and self.likeness is not None and not self.likeness.find_odd(file, None)

    def judge(self, asked: AskedPicture) -> PictureJudgement:
        """Judge a picture."""
        neighbours = None if self.test is None else self.test.neighbours(asked.score)
        reasons = self._list_reasons(asked, neighbours)
        certainty, label = ("cannot tell", None) if reasons else conclude(neighbours)
        headline = f"Cannot tell: {reasons[0].clause}." if label is None else HEADLINES[certainty].format(NAMES[label])
        further = [f"Besides, {reason.clause}." for reason in reasons[1:]]
        sentences = [headline, *further, *_explain_score(neighbours)]
        if asked.file.evidence != "none":
            sentences.append(_tell_evidence(asked.file))
        called = self._call(asked.score)
        return PictureJudgement(
            certainty, label, headline, tuple(sentences), reasons, asked.score, self.threshold, called, neighbours
        )

    def _call(self, score: float) -> Label:
        return Label(int(score >= self.threshold))

    def _list_reasons(self, asked: AskedPicture, neighbours: Neighbours | None) -> tuple[Reason, ...]:
        """List why the detector cannot tell, the weightiest first.

        Recompression counts only where nothing else stands against a conclusion: not all surfaces ask for it then.
        """
        reasons = tuple(self._list_doubts(asked, neighbours))
        if reasons or asked.recompressed is None or self._call(asked.recompressed) == self._call(asked.score):
            return reasons
        clause = "its score falls on the other side of the threshold once the picture is recompressed"
        return (Reason("recompression", clause),)

    def _list_doubts(self, asked: AskedPicture, neighbours: Neighbours | None) -> Iterator[Reason]:
        if not self.detector.judged:
            first = self.detector.reasons[0]
            yield Reason("detector", f"the detector cannot be judged, as {first.clause}", first.remedy)
        if self.likeness is None or neighbours is None:
            return
        leaning = Label(int(neighbours.fake >= 0.5))
        if odd := self.likeness.find_odd(asked.file, asked.features):
            yield Reason(
                "unlike-test", f"the picture is unlike those that the detector was trained and tested on: {odd}"
            )
        if explained := self.likeness.storage.explain(asked.file, leaning):
            yield Reason("storage", f"how the file is stored would explain the score: {explained}")
        says, speaks_for = EVIDENCE.get(asked.file.evidence, ("", leaning))
        if speaks_for != leaning:
            yield Reason("evidence", f"the score speaks for {NAMES[leaning]}, and the file {says}")
        if conclude(neighbours)[1] is None:
            yield Reason("undecided", "test pictures with such scores were of both classes, or too few")


def conclude(neighbours: Neighbours | None) -> tuple[Certainty, Label | None]:
    """Conclude from how the test pictures of about this score turned out, whatever the network's own certainty is.

    So a small test never makes anybody sure.
    """
    if neighbours is None:
        return "cannot tell", None
    fake = neighbours.fake >= 0.5
    sure = neighbours.fake_low if fake else 1 - neighbours.fake_high
    for least, word in SURE:
        if sure >= least:
            return word, Label(int(fake))
    return "cannot tell", None


def _explain_score(neighbours: Neighbours | None) -> Iterator[str]:
    if neighbours is not None:
        yield (
            f"Of the {neighbours.count} test pictures with the nearest scores, {neighbours.fake:.0%} were "
            f"AI-generated (95% interval: {neighbours.fake_low:.0%} to {neighbours.fake_high:.0%})."
        )


def explain_evidence(kind: Kind, field: str | None, signature: str | None = None) -> str:
    """Describe what a file tells of its own origin; ``signature`` are the words on that of its C2PA manifest.

    >>> explain_evidence("capture", "exif:Make")
    'The file names a camera (exif:Make). This is not signed; anybody can write it.'
    """
    signed = f" Its manifest is {signature}." if signature else ""
    if kind in EVIDENCE:
        # Who signed a manifest signed nothing that stands elsewhere in the file.
        within = signed and (field or "").startswith("c2pa")
        unsigned = "" if within else " This is not signed; anybody can write it."
        return f"The file {EVIDENCE[kind][0]} ({field}).{unsigned}{signed}"
    said = f" ({field} is there, and does not tell)" if field else ""
    return f"The file says nothing of its origin{said}.{signed} Most files do not, so this proves nothing."


def _tell_evidence(file: FileFacts) -> str:
    return explain_evidence(file.evidence, file.evidence_field, file.signature.explain() if file.signature else None)
