"""What may be said of a detector, in words and as data, and the file that keeps it beside the model."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pipeline.runtime.errors import StageMissingError

FILE = "judgement.json"

Level = Literal["cannot be judged", "no better than chance", "poor", "fair", "good", "very good"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something cannot be said: a code for programs, a clause for people, and what to do about it, if anything."""

    code: str
    clause: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class DetectorJudgement:
    """What may be said of a detector.

    ``headline`` is the sentence that every surface opens with. ``reasons`` say why it cannot be judged, the weightiest
    first; there are none on the other levels. ``findings`` are sentences with the figures and their limits.
    """

    detector: str
    level: Level
    headline: str
    reasons: tuple[Reason, ...]
    findings: tuple[str, ...]

    @property
    def judged(self) -> bool:
        """Return whether anything may be concluded from its figures."""
        return self.level != "cannot be judged"

    @property
    def remedies(self) -> tuple[str, ...]:
        """List what to do, so that it can be judged: each thing once."""
        return tuple(dict.fromkeys(reason.remedy for reason in self.reasons if reason.remedy))

    @property
    def sentences(self) -> tuple[str, ...]:
        """List all that is to be said, in order: the headline, further reasons, what to do, and the findings."""
        further = (f"Besides, {reason.clause}." for reason in self.reasons[1:])
        remedies = (f"What to do: {remedy}." for remedy in self.remedies)
        return (self.headline, *further, *remedies, *self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the content of ``judgement.json``."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Take the content of ``judgement.json``.

        Raises:
            ValueError, TypeError, KeyError: it is something else.
        """
        if content["level"] not in get_args(Level):
            raise ValueError(content["level"])
        reasons = tuple(Reason(**reason) for reason in content["reasons"])
        texts = {name: str(content[name]) for name in ("detector", "level", "headline")}
        return cls(**texts, reasons=reasons, findings=tuple(map(str, content["findings"])))  # type: ignore[arg-type]


def read_judgement(file: Path, recipe: str) -> DetectorJudgement:
    """Read what ``evaluate`` wrote of a recipe's detector.

    Raises:
        StageMissingError: it has not run, or what it left is damaged.
    """
    try:
        return DetectorJudgement.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StageMissingError(file, f"evaluate@{recipe}") from error


def cannot_be_judged(detector: str, reasons: tuple[Reason, ...], findings: tuple[str, ...] = ()) -> DetectorJudgement:
    """Describe that a detector cannot be judged; the first reason is the headline's."""
    headline = f"The detector {detector} cannot be judged: {reasons[0].clause}."
    return DetectorJudgement(detector, "cannot be judged", headline, reasons, findings)


def untested(detector: str) -> DetectorJudgement:
    """Judge a model of which nothing but its file is there."""
    remedy = "ask it in its project with `--recipe`, or measure it with `touchstone evaluate`"
    reason = Reason("untested", "no test of it lies beside its file, so that nothing is known of its errors", remedy)
    return cannot_be_judged(detector, (reason,))
