"""Pictures as people repost them, 22 ways and more; and pictures that look alike and are strangers.

Each change takes an RGB picture of some hundred pixels a side and gives another one; what is drawn by chance is drawn
from ``rng``, so that no two pictures are marked alike.
"""

import io
from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Change = Callable[[Image.Image, Generator], Image.Image]

WORDS = [
    "the", "of", "and", "to", "in", "is", "that", "for", "it", "was", "on", "are", "as", "with", "his", "they",
    "at", "be", "this", "from", "have", "or", "by", "one", "had", "not", "but", "what", "all", "were", "when",
    "we", "there", "can", "an", "your", "which", "their", "said", "if", "do", "will", "each", "about", "how",
    "up", "out", "them", "then", "she", "many", "some", "so", "these", "would", "other", "into", "has", "more",
    "her", "two", "like", "him", "see", "time", "could", "no", "make", "than", "first", "been", "its", "who",
    "now", "people", "my", "made", "over", "did", "down", "only", "way", "find", "use", "may", "water", "long",
    "little", "very", "after", "words", "called", "just", "where", "most", "know",
]  # fmt: skip


def _encode(picture: Image.Image, kind: str, **options: object) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return Image.open(stream).convert("RGB")


def _scale(picture: Image.Image, by: float) -> Image.Image:
    return picture.resize((max(1, round(picture.width * by)), max(1, round(picture.height * by))))


def _cut(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """Cut these parts of the sides away."""
    width, height = picture.size
    return picture.crop(
        (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    )


def _cut_strip(picture: Image.Image, rng: Generator) -> Image.Image:
    parts = [0.0, 0.0, 0.0, 0.0]
    parts[rng.integers(4)] = rng.uniform(0.08, 0.15)
    return _cut(picture, *parts)


def _square(picture: Image.Image, _: Generator) -> Image.Image:
    return ImageOps.fit(picture, (min(picture.size),) * 2)


def _border(colour: str) -> Change:
    return lambda picture, rng: ImageOps.expand(picture, round(min(picture.size) * rng.uniform(0.04, 0.12)), colour)


def _pad(colour: str, aspect: float) -> Change:
    """Lay it on a canvas of another shape, as players and networks do."""

    def change(picture: Image.Image, _: Generator) -> Image.Image:
        width, height = (
            max(picture.width, round(picture.height * aspect)),
            max(picture.height, round(picture.width / aspect)),
        )
        canvas = Image.new("RGB", (width, height), colour)
        canvas.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
        return canvas

    return change


def screenshot(picture: Image.Image, rng: Generator) -> Image.Image:
    """Show it on a phone, in the midst of an application, with its bars, words and buttons."""
    width, height = 720, 1520
    dark = rng.random() < 0.5
    ground, ink = ("#101014", "#e8e8e8") if dark else ("#ffffff", "#202020")
    screen = Image.new("RGB", (width, height), ground)
    draw, font = ImageDraw.Draw(screen), ImageFont.load_default(30)
    draw.text((30, 14), f"{rng.integers(24):02}:{rng.integers(60):02}", ink, font)
    draw.rectangle((width - 80, 20, width - 30, 44), outline=ink, width=3)
    draw.ellipse((24, 80, 84, 140), fill=tuple(rng.integers(60, 220, 3).tolist()))
    draw.text((100, 92), " ".join(rng.choice(WORDS, 3)), ink, font)
    shown = picture.resize((width, max(1, round(picture.height * width / picture.width))))
    shown = shown.crop((0, 0, width, min(shown.height, 1100)))
    top = 160
    screen.paste(shown, (0, top))
    below = top + shown.height + 24
    for place in range(3):
        draw.ellipse((30 + 80 * place, below, 78 + 80 * place, below + 48), outline=ink, width=4)
    for line in range(3):
        draw.text((30, below + 70 + 42 * line), " ".join(rng.choice(WORDS, 7)), ink, font)
    draw.rectangle((width // 2 - 120, height - 24, width // 2 + 120, height - 16), fill=ink)
    return screen


def _corner_mark(picture: Image.Image, rng: Generator) -> Image.Image:
    marked = picture.copy()
    font = ImageFont.load_default(max(8, picture.height // 12))
    place = (picture.width - 6, picture.height - 4)
    ImageDraw.Draw(marked).text(place, f"@{rng.choice(WORDS)}_{rng.choice(WORDS)}", "white", font, anchor="rs")
    return marked


def _overlay(picture: Image.Image, layer: Image.Image, strength: float) -> Image.Image:
    mask = layer.point(lambda value: round(value * strength))
    return Image.composite(Image.new("RGB", picture.size, "white"), picture, mask)


def _stock_tiled(picture: Image.Image, rng: Generator) -> Image.Image:
    """Write a name all over it, as stock agencies do."""
    layer = Image.new("L", picture.size)
    draw, size = ImageDraw.Draw(layer), max(10, min(picture.size) // 12)
    font, name = ImageFont.load_default(size), f"{rng.choice(WORDS)}stock"
    for row, top in enumerate(range(0, picture.height, 3 * size)):
        for left in range(-(row % 2) * 3 * size, picture.width, 6 * size):
            draw.text((left, top), name, 255, font)
    return _overlay(picture, layer, 0.5)


def _stock_diagonal(picture: Image.Image, rng: Generator) -> Image.Image:
    """Write one large name across it, between two lines."""
    side = max(picture.size)
    layer = Image.new("L", (side, side))
    draw, font = ImageDraw.Draw(layer), ImageFont.load_default(side // 6)
    draw.text((side // 2, side // 2), f"{rng.choice(WORDS)}pix", 255, font, anchor="mm")
    for place in (side // 3, 2 * side // 3):
        draw.line((0, place, side, place), 255, max(2, side // 150))
    return _overlay(picture, ImageOps.fit(layer.rotate(30), picture.size), 0.55)


def _stock_bar(picture: Image.Image, rng: Generator) -> Image.Image:
    """Lay a dark bar with a name over the lower part, and a faint one over the middle."""
    marked = picture.copy()
    width, height = picture.size
    draw, font = ImageDraw.Draw(marked), ImageFont.load_default(max(9, height // 16))
    draw.rectangle((0, round(0.92 * height), width, height), fill="#202020")
    draw.text((8, round(0.925 * height)), f"{rng.choice(WORDS)}images.example {rng.integers(10**9)}", "white", font)
    layer = Image.new("L", picture.size)
    ImageDraw.Draw(layer).rectangle(
        (round(0.3 * width), round(0.45 * height), round(0.7 * width), round(0.55 * height)), fill=255
    )
    return _overlay(marked, layer, 0.45)


def _caption(picture: Image.Image, rng: Generator) -> Image.Image:
    """Set words above it, on white, as memes do."""
    tall = round(0.16 * picture.height)
    canvas = Image.new("RGB", (picture.width, picture.height + tall), "white")
    canvas.paste(picture, (0, tall))
    font = ImageFont.load_default(max(9, tall // 3))
    ImageDraw.Draw(canvas).text((8, tall // 4), " ".join(rng.choice(WORDS, 6)), "black", font)
    return canvas


def _turn(degrees: float) -> Change:
    """Turn it by some degrees, either way; the corners become black."""

    def change(picture: Image.Image, rng: Generator) -> Image.Image:
        return picture.rotate(degrees * rng.choice([-1, 1]), Image.Resampling.BICUBIC)

    return change


def _gamma(power: float) -> Change:
    table = [round(255 * (value / 255) ** power) for value in range(256)] * 3
    return lambda picture, _: picture.point(table)


def _noise(picture: Image.Image, rng: Generator) -> Image.Image:
    noisy = np.asarray(picture, dtype=np.float64) + rng.normal(0, 12, (*picture.size[::-1], 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


CHANGES: dict[str, Change] = {
    "JPEG 75": lambda p, _: _encode(p, "JPEG", quality=75),
    "JPEG 30": lambda p, _: _encode(p, "JPEG", quality=30),
    "WebP 50": lambda p, _: _encode(p, "WEBP", quality=50),
    "half the size": lambda p, _: _scale(p, 0.5),
    "a quarter of the size": lambda p, _: _scale(p, 0.25),
    "brighter": lambda p, _: ImageEnhance.Brightness(p).enhance(1.3),
    "darker": lambda p, _: ImageEnhance.Brightness(p).enhance(0.7),
    "contrast": lambda p, _: ImageEnhance.Contrast(p).enhance(1.4),
    "gamma": _gamma(0.7),
    "grey": lambda p, _: p.convert("L").convert("RGB"),
    "saturated": lambda p, _: ImageEnhance.Color(p).enhance(1.6),
    "blurred": lambda p, _: p.filter(ImageFilter.GaussianBlur(min(p.size) / 200)),
    "noise": _noise,
    "corner watermark": _corner_mark,
    "stock watermark, tiled": _stock_tiled,
    "stock watermark, diagonal": _stock_diagonal,
    "stock watermark, bars": _stock_bar,
    "5% off every side": lambda p, _: _cut(p, 0.05, 0.05, 0.05, 0.05),
    "strip cut off": _cut_strip,
    "crop to square": _square,
    "white border": _border("white"),
    "black border": _border("black"),
    "letterbox 16:9": _pad("black", 16 / 9),
    "padded to square": _pad("white", 1.0),
    "phone screenshot": screenshot,
    "caption above": _caption,
    "mirrored": lambda p, _: _encode(ImageOps.mirror(p), "JPEG", quality=80),
    "turned by 2 degrees": _turn(2),
    "turned by 5 degrees": _turn(5),
}
#: What is not asked of a search for copies.
TURNED = ("turned by 2 degrees", "turned by 5 degrees")


def draw_discs(rng: Generator, count: int) -> Iterator[Image.Image]:
    """Draw discs on black: planets, lamps, plates."""
    for _ in range(count):
        width, height = [(256, 256), (384, 256), (320, 240)][rng.integers(3)]
        picture = Image.new("RGB", (width, height))
        radius = rng.uniform(0.15, 0.45) * height
        x, y = width / 2 + rng.normal(0, 0.04) * width, height / 2 + rng.normal(0, 0.04) * height
        ImageDraw.Draw(picture).ellipse(
            (x - radius, y - radius, x + radius, y + radius), tuple(rng.integers(60, 256, 3).tolist())
        )
        yield _encode(picture, "JPEG", quality=int(rng.integers(70, 96)))


def draw_products(rng: Generator, count: int) -> Iterator[Image.Image]:
    """Draw simple goods on white: boxes, bottles, rings, with a shadow and a label."""
    for _ in range(count):
        side = 400
        picture = Image.new("RGB", (side, side), "white")
        draw = ImageDraw.Draw(picture)
        half, tall = rng.uniform(0.12, 0.36) * side, rng.uniform(0.2, 0.4) * side
        box = (side / 2 - half, side / 2 - tall, side / 2 + half, side / 2 + tall)
        draw.ellipse((box[0], box[3] - 12, box[2], box[3] + 14), "#dddddd")
        colour = tuple(rng.integers(0, 230, 3).tolist())
        shape = rng.integers(4)
        if shape == 0:
            draw.rectangle(box, colour)
        elif shape == 1:
            draw.rounded_rectangle(box, 40, colour)
            draw.rectangle((side / 2 - half / 3, box[1] - 40, side / 2 + half / 3, box[1] + 4), colour)
        elif shape == 2:
            draw.ellipse(box, colour)
        else:
            draw.ellipse(box, outline=colour, width=24)
        if rng.random() < 0.6:
            draw.text(
                (side / 2, side / 2), " ".join(rng.choice(WORDS, 2)), "white", ImageFont.load_default(22), anchor="mm"
            )
        yield _encode(picture.filter(ImageFilter.GaussianBlur(0.8)), "JPEG", quality=int(rng.integers(70, 96)))


def draw_pages(rng: Generator, count: int) -> Iterator[Image.Image]:
    """Set pages of text, all in one layout."""
    font = ImageFont.load_default(15)
    for _ in range(count):
        picture = Image.new("RGB", (600, 800), "white")
        draw = ImageDraw.Draw(picture)
        for top in range(60, 740, 22):
            line = ""
            while draw.textlength(line, font) < 470:
                line += f"{rng.choice(WORDS)} "
            draw.text((60, top), line, "black", font)
        yield _encode(picture, "JPEG", quality=int(rng.integers(70, 96)))


def draw_chats(rng: Generator, count: int) -> Iterator[Image.Image]:
    """Show talks in one messenger: the same bars, other bubbles."""
    font = ImageFont.load_default(24)
    for _ in range(count):
        picture = Image.new("RGB", (540, 1100), "#efe7de")
        draw = ImageDraw.Draw(picture)
        draw.rectangle((0, 0, 540, 90), "#075e54")
        draw.ellipse((20, 20, 70, 70), fill=tuple(rng.integers(60, 220, 3).tolist()))
        draw.text((90, 30), str(rng.choice(WORDS)).title(), "white", font)
        top = 110
        while top < 980:
            lines = [" ".join(rng.choice(WORDS, rng.integers(2, 6))) for _ in range(rng.integers(1, 4))]
            wide = max(draw.textlength(line, font) for line in lines) + 30
            mine = rng.random() < 0.5
            left = 520 - wide if mine else 20
            draw.rounded_rectangle(
                (left, top, left + wide, top + 32 * len(lines) + 14), 12, "#dcf8c6" if mine else "white"
            )
            for number, line in enumerate(lines):
                draw.text((left + 15, top + 6 + 32 * number), line, "black", font)
            top += 32 * len(lines) + 30
        draw.rectangle((0, 1020, 540, 1100), "#f6f6f6")
        draw.rounded_rectangle((20, 1035, 440, 1085), 24, "white")
        yield _encode(picture, "JPEG", quality=int(rng.integers(70, 96)))


STRANGERS: dict[str, Callable[[Generator, int], Iterator[Image.Image]]] = {
    "discs on black": draw_discs,
    "products on white": draw_products,
    "text pages": draw_pages,
    "chat screenshots": draw_chats,
}
