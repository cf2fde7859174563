"""A finding as one picture: what was looked at, the judgement, and what it rests on."""

import io
import textwrap
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from app.checking.findings import PictureFinding
from app.checking.verdict_text import explain_held, explain_known, explain_score

#: As links are previewed.
WIDTH, HEIGHT, MARGIN = 1200, 630, 48

PAPER, INK, MUTED, LINE, REAL, FAKE = "#fbfaf7", "#1d2126", "#5c646e", "#e2dfd7", "#1c6e8c", "#c2571a"

#: The size of a card's sentences, and where the scale of the score begins.
TEXT, SCALE = 17, 472

#: The side of the picture, and where the text begins.
SIDE = 400
LEFT = MARGIN + SIDE + 40


def draw_card(finding: PictureFinding) -> bytes:
    """Draw a finding as PNG: the headline, the facts that have room, and the score, small, at the foot."""
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, said = ImageDraw.Draw(card), finding.picture.judgement
    _place(card, finding.seen)
    top = _write(draw, MARGIN, said.headline, _headline_size(said.headline)) + 14
    for fact in list_facts(finding):
        if top + _height(fact, TEXT) > SCALE - 16:
            break
        top = _write(draw, top, fact, TEXT) + 10
    _draw_scale(draw, said.score, said.threshold)
    draw.text((LEFT, SCALE + 46), explain_score(said), MUTED, _font(15))
    named = f"{textwrap.shorten(finding.picture.name, 60)}   ·   SHA-256 {finding.picture.id[:12]}…"
    draw.text((MARGIN, HEIGHT - MARGIN - 22), named, MUTED, _font(17))
    draw.text((WIDTH - MARGIN, HEIGHT - MARGIN - 22), f"Touchstone, {finding.recipe}", MUTED, _font(17), anchor="ra")
    encoded = io.BytesIO()
    card.save(encoded, "PNG", optimize=True)
    return encoded.getvalue()


def list_facts(finding: PictureFinding) -> list[str]:
    """List what stands below the headline, the weightiest first."""
    picture = finding.picture
    facts = [*picture.judgement.sentences[1:], finding.answer.detector.headline]
    # Not to be in the data set is nothing to be told; to be in it may take the score's worth.
    facts += explain_known(picture.known)[:1] if picture.known else []
    return [*facts, explain_held(picture.stored_again or [])]


def _headline_size(headline: str) -> int:
    """Choose a size at which a headline takes four lines at most."""
    return next((size for size in (38, 30, 24) if len(_wrap(headline, size)) <= 3), 20)


def _wrap(text: str, size: int) -> list[str]:
    # DejaVu's letters are 0.56 of its size wide on average, and 0.65 where they are bold.
    wide = 0.65 if size > TEXT else 0.56
    return textwrap.wrap(text, int((WIDTH - MARGIN - LEFT) / (wide * size)), break_on_hyphens=False)


def _height(text: str, size: int) -> int:
    return len(_wrap(text, size)) * (size + 6)


def _write(draw: ImageDraw.ImageDraw, top: int, text: str, size: int) -> int:
    """Write a text beside the picture, and give the place below it."""
    font = _font(size, bold=size > TEXT)
    draw.multiline_text((LEFT, top), "\n".join(_wrap(text, size)), INK, font, spacing=6)
    return top + _height(text, size)


def _place(card: Image.Image, seen: bytes) -> None:
    picture = Image.open(io.BytesIO(seen))
    picture.thumbnail((SIDE, SIDE))
    card.paste(picture, (MARGIN + (SIDE - picture.width) // 2, MARGIN + (SIDE - picture.height) // 2))


def _draw_scale(draw: ImageDraw.ImageDraw, score: float, threshold: float) -> None:
    right, top = WIDTH - MARGIN, SCALE
    middle = LEFT + (right - LEFT) * min(threshold, 1.0)
    place = LEFT + (right - LEFT) * score
    draw.rectangle((LEFT, top, middle, top + 12), REAL)
    draw.rectangle((middle, top, right, top + 12), FAKE)
    draw.ellipse((place - 12, top - 6, place + 12, top + 18), PAPER, INK, 4)
    draw.text((LEFT, top + 22), "photograph", MUTED, _font(15))
    draw.text((right, top + 22), "AI-generated", MUTED, _font(15), anchor="ra")


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Open the font that matplotlib brings along: it has more scripts than Pillow's own."""
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)
