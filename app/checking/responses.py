"""What the HTTP service answers, as its OpenAPI description tells it."""

from typing import Literal

from pydantic import BaseModel, Field

from app.checking.detector_service import OpenedPicture, PictureCheck
from app.checking.picture_verdict import PictureVerdict
from pipeline.evidence import Provenance
from pipeline.evidence.verifying import State


class Problem(BaseModel):
    """Why there is no answer: one word for programs, and a sentence for people."""

    reason: str = Field(examples=["too-large"])
    message: str


class ErrorResponse(BaseModel):
    """An answer that is none."""

    error: Problem


class ScoreResponse(BaseModel):
    """What a detector says. ``score`` is its P(FAKE), ``called`` the class at ``threshold``.

    Of the ``similar`` test pictures that scored most alike the part ``fake`` is AI-generated; its 95% interval
    decides the ``certainty``.
    """

    score: float = Field(ge=0, le=1)
    threshold: float
    called: str = Field(pattern="^(REAL|FAKE)$")
    certainty: Literal["very likely", "probably", "cannot tell"]
    words: str
    similar: int
    fake: float
    fake_low: float
    fake_high: float


class Signed(BaseModel):
    """The signature under a C2PA manifest: whether it holds, as whom somebody signed, and both in words."""

    state: State
    signer: str | None
    words: str


class Evidence(BaseModel):
    """What the file says of its own origin, and the field that says so: no proof. Only C2PA manifests are signed."""

    kind: Literal["ai", "capture", "none"]
    field: str | None
    signature: Signed | None = None


class StabilityResponse(BaseModel):
    """The score once the picture was damaged, and whether it is called the same."""

    damage: str
    score: float
    same: bool


class RecordResponse(BaseModel):
    """A record of the data set that is this picture or looks like it, ``bits`` of 64 away by its perceptual hash."""

    source: str
    id: str
    label: str | None = Field(pattern="^(REAL|FAKE)$")
    split: str | None
    by: str
    bits: int


class Header(BaseModel):
    """What a picture's file says, whatever the detector makes of it."""

    name: str
    id: str = Field(description="SHA-256 of the bytes, hex")
    format: str
    width: int
    height: int
    evidence: Evidence


class PictureResponse(Header):
    """One picture's answer. ``stored_again`` and ``known`` are there for ``full`` checks only."""

    verdict: ScoreResponse
    stored_again: list[StabilityResponse] | None = None
    known: list[RecordResponse] | None = None


class Unread(BaseModel):
    """A file that could not be looked at."""

    name: str
    error: Problem


class DetectorResponse(BaseModel):
    """The answer to a check: one entry per file, in their order."""

    recipe: str
    stand_ins: bool = Field(description="The detector was trained on the sandbox's stand-ins for AI images only.")
    results: list[PictureResponse | Unread]


class Health(BaseModel):
    """The service is up, and these recipes have a detector."""

    status: Literal["ok"] = "ok"
    recipes: list[str]


def introduce(name: str, opened: OpenedPicture) -> Header:
    """Answer with what the file says."""
    return Header(
        name=name,
        id=opened.id,
        format=opened.format,
        width=opened.width,
        height=opened.height,
        evidence=_tell_evidence(opened.provenance),
    )


def _tell_evidence(found: Provenance) -> Evidence:
    signed = found.signature
    signature = Signed(state=signed.state, signer=signed.signer, words=signed.explain()) if signed else None
    return Evidence(kind=found.kind, field=found.field, signature=signature)


def describe(header: Header, verdict: PictureVerdict) -> PictureResponse:
    """Answer with a verdict alone."""
    return PictureResponse(**dict(header), verdict=_say(verdict))


def describe_fully(name: str, check: PictureCheck) -> PictureResponse:
    """Answer with all that was looked at."""
    picture = describe(introduce(name, check.opened), check.verdict)
    picture.stored_again = [
        StabilityResponse(damage=each.damage, score=each.score, same=each.same) for each in check.held
    ]
    picture.known = [
        RecordResponse(source=each.source, id=each.id, label=each.label, split=each.split, by=each.by, bits=each.bits)
        for each in check.known
    ]
    return picture


def _say(verdict: PictureVerdict) -> ScoreResponse:
    return ScoreResponse(
        score=verdict.score,
        threshold=verdict.threshold,
        called=verdict.called.name,
        certainty=verdict.certainty,
        words=verdict.words,
        similar=verdict.similar,
        fake=verdict.fake,
        fake_low=verdict.fake_low,
        fake_high=verdict.fake_high,
    )
