"""A finding as one HTML page that loads nothing."""

import base64
from pathlib import Path

from app.checking.findings import PictureFinding
from app.checking.verdict_text import explain_held, explain_known, explain_score, tell_evidence
from pipeline.evaluation.display_names import name_damage
from pipeline.report.templates import open_template

HERE = Path(__file__).parent


def write_page(finding: PictureFinding) -> str:
    """Write a finding as HTML. Names and whatever else comes from a file are escaped."""
    picture = finding.picture
    return open_template("page.html.j2", HERE).render(
        picture=picture,
        said=picture.judgement,
        detector=finding.answer.detector,
        recipe=finding.recipe,
        threshold=min(picture.judgement.threshold, 1.0),
        seen=_as_uri(finding.seen),
        lit=_as_uri(finding.lit) if finding.lit else "",
        unlit=finding.unlit,
        score=explain_score(picture.judgement),
        evidence=tell_evidence(picture.evidence),
        known=explain_known(picture.known or []),
        held=explain_held(picture.stored_again or []),
        stored=[(name_damage(each.damage), each.score, each.same) for each in picture.stored_again or []],
    )


def draw_scale(finding: PictureFinding) -> str:
    """Draw where a score stands between photograph and AI-generated, as HTML that brings its own style."""
    said = finding.picture.judgement
    return open_template("scale.html.j2", HERE).render(said=said, threshold=min(said.threshold, 1.0))


def _as_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
