"""Pictures as the web alters them: compressed, resized, cropped, brightened, marked, mirrored."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageEnhance, ImageFont

Change = Callable[[Image.Image], Image.Image]


def compress(quality: int) -> Change:
    """Make a JPEG of it."""

    def change(picture: Image.Image) -> Image.Image:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=quality)
        return Image.open(stream).convert("RGB")

    return change


def scale(by: float) -> Change:
    """Resize both sides."""
    return lambda picture: picture.resize((round(picture.width * by), round(picture.height * by)))


def crop(part: float) -> Change:
    """Cut away this part of either side, half of it at each edge, at least a pixel at one."""

    def change(picture: Image.Image) -> Image.Image:
        away = max(1, round(picture.width * part))
        low, high = away // 2, away - away // 2
        return picture.crop((high, high, picture.width - low, picture.height - low))

    return change


def watermark(picture: Image.Image) -> Image.Image:
    """Write a site's name over the lower edge, in white, a seventh of the height."""
    marked = picture.copy()
    font = ImageFont.load_default(max(6, picture.height // 7))
    place = (picture.width - 3, picture.height - 2)
    ImageDraw.Draw(marked).text(place, "photos.example", "white", font, anchor="rs")
    return marked


CHANGES: dict[str, Change] = {
    **{f"jpeg {quality}": compress(quality) for quality in (95, 75, 50, 30)},
    **{f"resize {by:.0%}": scale(by) for by in (2.0, 0.75, 0.5, 0.25)},
    **{f"crop {part:.0%}": crop(part) for part in (0.01, 0.03, 0.05, 0.1)},
    **{f"brightness x{by}": lambda p, by=by: ImageEnhance.Brightness(p).enhance(by) for by in (0.7, 1.3)},
    **{f"contrast x{by}": lambda p, by=by: ImageEnhance.Contrast(p).enhance(by) for by in (0.7, 1.3)},
    "watermark": watermark,
    "mirrored": lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "upside down": lambda picture: picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    "quarter turn": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
}
#: What no plain hash can see past; ``orientations`` is for these.
TURNS = ("mirrored", "upside down", "quarter turn")
