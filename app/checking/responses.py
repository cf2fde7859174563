"""What the HTTP service answers, as its OpenAPI description tells it."""

from typing import Literal, Self

from pydantic import BaseModel, Field

from app.checking.detector_service import OpenedPicture, PictureCheck
from pipeline.asking.picture_judgement import Certainty, PictureJudgement
from pipeline.evidence.verifying import State
from pipeline.judgement.detector_judgement import DetectorJudgement, Level
from pipeline.judgement.file_facts import FileFacts


class Problem(BaseModel):
    """Why there is no answer: one word for programs, and a sentence for people."""

    reason: str = Field(examples=["too-large"])
    message: str


class ErrorResponse(BaseModel):
    """An answer that is none."""

    error: Problem


class Grounds(BaseModel):
    """Why something cannot be said: a code, a clause of a sentence, and what to do about it, if anything."""

    code: str = Field(examples=["unlike-test"])
    clause: str
    remedy: str = ""


class DetectorSaid(BaseModel):
    """What may be said of the detector: a level, the sentence that sums it up, and what its figures are.

    ``reasons`` say why it cannot be judged; on other levels there are none.
    """

    detector: str
    level: Level
    headline: str
    reasons: list[Grounds]
    findings: list[str]


class Nearest(BaseModel):
    """Of the ``count`` test pictures with the nearest scores, the share of FAKE and its 95% interval."""

    count: int
    fake: float
    fake_low: float
    fake_high: float


class Signed(BaseModel):
    """The signature under a C2PA manifest: whether it holds, as whom somebody signed, and both in words."""

    state: State
    signer: str | None
    words: str


class ScoreResponse(BaseModel):
    """What may be said of a picture. ``headline`` says it in a sentence, ``sentences`` with all that belongs to it.

    ``label`` is what is concluded, null where the detector cannot tell, for ``reasons``. ``score`` is its P(FAKE), and
    ``called`` the class of that at the ``threshold``: no conclusion.
    """

    certainty: Certainty
    label: str | None = Field(pattern="^(REAL|FAKE)$")
    headline: str
    sentences: list[str]
    reasons: list[Grounds]
    score: float = Field(ge=0, le=1)
    threshold: float
    called: str = Field(pattern="^(REAL|FAKE)$")
    neighbours: Nearest | None


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

    judgement: ScoreResponse
    stored_again: list[StabilityResponse] | None = None
    known: list[RecordResponse] | None = None


class Unread(BaseModel):
    """A file that could not be looked at."""

    name: str
    error: Problem


class DetectorResponse(BaseModel):
    """The answer to a check: one entry per file, in their order."""

    recipe: str
    detector: DetectorSaid
    results: list[PictureResponse | Unread]

    @classmethod
    def of(cls, recipe: str, judgement: DetectorJudgement, results: list[PictureResponse | Unread]) -> Self:
        """Answer with what a recipe's detector made of pictures."""
        return cls(recipe=recipe, detector=DetectorSaid.model_validate(judgement.to_json()), results=results)


class Health(BaseModel):
    """The service is up, and these recipes have a detector."""

    status: Literal["ok"] = "ok"
    recipes: list[str]


def introduce(name: str, opened: OpenedPicture) -> Header:
    """Answer with what the file says."""
    facts = opened.facts
    return Header(
        name=name,
        id=opened.id,
        format=facts.format,
        width=facts.width,
        height=facts.height,
        evidence=_tell_evidence(facts),
    )


def _tell_evidence(facts: FileFacts) -> Evidence:
    signed = facts.signature
    signature = Signed(state=signed.state, signer=signed.signer, words=signed.explain()) if signed else None
    return Evidence(kind=facts.evidence, field=facts.evidence_field, signature=signature)


def describe(header: Header, judgement: PictureJudgement) -> PictureResponse:
    """Answer with a judgement alone."""
    return PictureResponse(**dict(header), judgement=ScoreResponse.model_validate(judgement.to_json()))


def describe_fully(name: str, check: PictureCheck) -> PictureResponse:
    """Answer with all that was looked at."""
    picture = describe(introduce(name, check.opened), check.judgement)
    picture.stored_again = [
        StabilityResponse(damage=each.damage, score=each.score, same=each.same) for each in check.held
    ]
    picture.known = [
        RecordResponse(source=each.source, id=each.id, label=each.label, split=each.split, by=each.by, bits=each.bits)
        for each in check.known
    ]
    return picture
