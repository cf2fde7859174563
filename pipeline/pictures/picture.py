"""From untrusted bytes to pixels: the one path that training, evaluation and prediction share."""

import io
import warnings
from collections.abc import Callable

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from pipeline.pictures.picture_headers import has_metadata, open_known
from pipeline.pictures.resize_settings import Resize
from pipeline.runtime.array_types import Pixels

#: What may be opened. Pillow knows more, but its rare readers are code that nobody attacks but attackers.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")

#: What it takes to make RGB of Pillow's modes.
_MODES = {
    "palette": ("P", "PA"),
    "grey": ("1", "L", "LA"),
    "cmyk": ("CMYK",),
    "16-bit": ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"),
}

#: What brings a picture upright, by its EXIF orientation.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

#: A longer side is none of a picture. To make a square of a strip as long as ``max_pixels`` took gigabytes.
MAX_SIDE = 200_000

#: JPEG can be no longer than this.
MAX_JPEG_SIDE = 65_500

#: The longest sides that formats can hold.
MAX_SIDES = {"JPEG": MAX_JPEG_SIDE, "WEBP": 16_383, "AVIF": 65_535}

SRGB = ImageCms.createProfile("sRGB")

# Our own bound takes the place of Pillow's warning; what else it warns of is on file as a reason, or harmless.
warnings.filterwarnings("ignore", module="PIL")


class PictureError(Exception):
    """A picture that cannot be used. ``reason`` is the word that goes on file, ``detail`` is for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def explain(error: Exception) -> PictureError:
    """Put into words what Pillow raised: over broken files, its readers raise nearly anything."""
    if isinstance(error, Image.DecompressionBombError):
        return PictureError("too-many-pixels", str(error))
    if isinstance(error, UnidentifiedImageError):
        # Pillow's own words hold the address of an object in memory, another one in each run.
        return PictureError("undecodable", f"none of {', '.join(FORMATS)}")
    reason = "truncated" if "truncated" in str(error).lower() else "undecodable"
    return PictureError(reason, _first_line(error))


def open_picture(data: bytes, max_pixels: int) -> Image.Image:
    """Read a picture's header; nothing is decoded yet.

    Raises:
        PictureError: ``undecodable``, ``truncated``, or ``too-many-pixels`` or ``extreme-aspect`` by the header.
    """
    try:
        image = open_known(data) or Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:
        raise explain(error) from error
    if image.width * image.height > max_pixels:
        raise PictureError("too-many-pixels", f"{image.width}x{image.height}")
    if max(image.size) > MAX_SIDE:
        raise PictureError("extreme-aspect", f"{image.width}x{image.height}")
    return image


def to_rgb(image: Image.Image) -> Image.Image:
    """Decode an opened picture: upright, in sRGB, on white where it is transparent; mode RGB.

    Raises:
        PictureError: ``truncated`` when the file ends early, ``undecodable`` for all else.
    """
    return normalise(image)[0]


def normalise(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Do as ``to_rgb``, and tell what there was to do: ``orientation``, ``alpha``, ``palette``, ``icc`` and so on.

    Raises:
        PictureError: as ``to_rgb``.
    """
    try:
        image.load()
        if image.mode == "RGB" and not has_metadata(image):
            return image, []
        done = [word for word, modes in _MODES.items() if image.mode in modes]
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
        if turn is not None:
            done.append("orientation")
            # Not Pillow's exif_transpose, which also writes all EXIF anew, and fails over any odd tag in it.
            image = image.transpose(turn)
        if "16-bit" in done:
            image = _in_8_bits(image)
        if _is_transparent(image):
            done.append("alpha")
            image = _on_white(image)
        if image.mode in _MODES["palette"]:
            # Profiles are of colours, not of places in a palette.
            image = image.convert("RGB")
        converted = _in_srgb(image)
        if converted:
            return converted, [*done, "icc"]
        return image if image.mode == "RGB" else image.convert("RGB"), done
    except PictureError:
        raise
    except Exception as error:
        raise explain(error) from error


def to_pixels(image: Image.Image, size: int, settings: Resize) -> Pixels:
    """Make an RGB picture a square of pixels: uint8, (size, size, 3).

    JPEG's own shrinking while it decodes (``Image.draft``) is not used: it would give other pixels than the filter, by
    up to 4 grey levels even where it leaves eight times the size (benchmarks/shrink_on_load.py), and for one format
    only; a model could learn which.
    """
    if settings.equalise:
        image = compress(image, "JPEG", settings.equalise.quality, settings.equalise.subsampling)
    if image.size != (size, size):
        image = _SQUARES[settings.mode](image, (size, size), Image.Resampling[settings.filter.upper()])
    return np.asarray(image, dtype=np.uint8)


def _squash(image: Image.Image, size: tuple[int, int], resampling: Image.Resampling) -> Image.Image:
    return image.resize(size, resampling)


def _pad(image: Image.Image, size: tuple[int, int], resampling: Image.Resampling) -> Image.Image:
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), resampling)
    square = Image.new("RGB", size, "black")
    square.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return square


_SQUARES: dict[str, Callable[[Image.Image, tuple[int, int], Image.Resampling], Image.Image]] = {
    "squash": _squash,
    "centre-crop": ImageOps.fit,
    "pad": _pad,
}


def compress(image: Image.Image, kind: str, quality: int, subsampling: str = "4:2:0") -> Image.Image:
    """Write an RGB picture as a file of a lossy format of Pillow's, and read it again; too long a side is shrunk."""
    longest = MAX_SIDES[kind]
    if max(image.size) > longest:
        image = image.resize((min(image.width, longest), min(image.height, longest)))
    file = io.BytesIO()
    image.save(file, kind, quality=quality, **({"subsampling": subsampling} if kind == "JPEG" else {}))
    return Image.open(file).convert("RGB")


def _is_transparent(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Scale what Pillow's convert would clip. 16 bits fill mode I too."""
    values = np.asarray(image, dtype=np.float64)
    scale = 1.0 if image.mode == "F" else 255 / 65535
    grey = Image.fromarray((values * scale).clip(0, 255).astype(np.uint8))
    info = dict(image.info)
    # PNG's one transparent value is of 16 bits, too.
    transparent = info.pop("transparency", None)
    if transparent is not None:
        grey = Image.merge("LA", (grey, Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8))))
    grey.info = info
    return grey


def _on_white(image: Image.Image) -> Image.Image:
    picture = image.convert("RGBA")
    canvas = Image.new("RGBA", picture.size, "white")
    canvas.alpha_composite(picture)
    # Grey stays grey, as the profile of a grey picture is for grey.
    flat = canvas.convert("L" if image.mode in _MODES["grey"] else "RGB")
    flat.info = dict(image.info)
    return flat


def _in_srgb(image: Image.Image) -> Image.Image | None:
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # A broken or foreign profile says nothing of the pixels: they are taken as sRGB.
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
