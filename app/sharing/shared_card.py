"""A finding as one picture: what was looked at, the verdict, and what it rests on."""

import io
import textwrap
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from app.checking.findings import PictureFinding
from app.checking.verdict_text import (
    STAND_INS,
    explain_call,
    explain_certainty,
    explain_evidence,
    explain_held,
    explain_known,
)

#: As links are previewed.
WIDTH, HEIGHT, MARGIN = 1200, 630, 48

PAPER, INK, MUTED, LINE, REAL, FAKE = "#fbfaf7", "#1d2126", "#5c646e", "#e2dfd7", "#1c6e8c", "#c2571a"

#: The side of the picture, and where the text begins.
SIDE = 400
LEFT = MARGIN + SIDE + 40


def draw_card(finding: PictureFinding) -> bytes:
    """Draw a finding as PNG."""
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, said = ImageDraw.Draw(card), finding.picture.verdict
    _place(card, finding.seen)
    draw.text((LEFT, MARGIN), said.words, INK, _font(38, bold=True))
    _draw_scale(draw, said.score, said.threshold)
    top = 196
    for fact in _facts(finding):
        text = textwrap.fill(fact, 70, break_on_hyphens=False)
        draw.multiline_text((LEFT, top), text, INK, _font(17), spacing=6)
        top += 23 * (text.count("\n") + 1) + 12
    named = f"{textwrap.shorten(finding.picture.name, 60)}   ·   SHA-256 {finding.picture.id[:12]}…"
    draw.text((MARGIN, HEIGHT - MARGIN - 22), named, MUTED, _font(17))
    draw.text((WIDTH - MARGIN, HEIGHT - MARGIN - 22), f"Touchstone, {finding.recipe}", MUTED, _font(17), anchor="ra")
    encoded = io.BytesIO()
    card.save(encoded, "PNG", optimize=True)
    return encoded.getvalue()


def _facts(finding: PictureFinding) -> list[str]:
    picture = finding.picture
    facts = [
        explain_certainty(picture.verdict),
        explain_call(picture.verdict, finding.tested, finding.alarms),
        explain_evidence(picture.evidence),
    ]
    # Not to be in the data set is nothing to be told; to be in it may take the verdict's worth.
    facts += explain_known(picture.known)[:1] if picture.known else []
    return [*facts, STAND_INS if finding.answer.stand_ins else explain_held(picture.stored_again or [])]


def _place(card: Image.Image, seen: bytes) -> None:
    picture = Image.open(io.BytesIO(seen))
    picture.thumbnail((SIDE, SIDE))
    card.paste(picture, (MARGIN + (SIDE - picture.width) // 2, MARGIN + (SIDE - picture.height) // 2))


def _draw_scale(draw: ImageDraw.ImageDraw, score: float, threshold: float) -> None:
    right, top = WIDTH - MARGIN, 124
    middle = LEFT + (right - LEFT) * min(threshold, 1.0)
    place = LEFT + (right - LEFT) * score
    draw.rectangle((LEFT, top, middle, top + 12), REAL)
    draw.rectangle((middle, top, right, top + 12), FAKE)
    draw.ellipse((place - 12, top - 6, place + 12, top + 18), PAPER, INK, 4)
    draw.text((LEFT, top + 24), "photograph", MUTED, _font(17))
    draw.text((right, top + 24), "AI-generated", MUTED, _font(17), anchor="ra")


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Open the font that matplotlib brings along: it has more scripts than Pillow's own."""
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)
