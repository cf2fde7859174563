"""From untrusted bytes to pixels: the one path that training, evaluation and prediction share."""

import io
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from pipeline.pictures.mending import finish_jpeg, leave_out
from pipeline.pictures.picture_formats import RAW, READ, find_format
from pipeline.pictures.picture_headers import has_metadata, open_known

Value = TypeVar("Value")

#: What may be opened, by Pillow's names.
FORMATS = tuple(each.name for each in READ)

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

#: What a PNG's text may be named, and Pillow then takes for what the chunks of these names hold.
_NOT_TEXT = ("exif", "icc_profile", "transparency", "xmp")

#: Up to here a picture is decoded in full. Larger ones are halved until they are no larger, a JPEG while it is
#: decoded: in full, one of 200 megapixels takes gigabytes. What that changes: benchmarks/shrink_on_load.py.
FULL_PIXELS = 50_000_000

#: Rows that are brought to 8 bits at once, in pixels.
_BAND = 4_000_000

#: A longer side is none of a picture. To make a square of a strip as long as ``max_pixels`` took gigabytes.
MAX_SIDE = 200_000

SRGB = ImageCms.createProfile("sRGB")

# Our own bound takes the place of Pillow's; what else it warns of is on file as a reason, or harmless.
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module="PIL")


class PictureError(Exception):
    """A picture that cannot be used. ``reason`` is the word that goes on file, ``detail`` is for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


def explain(error: Exception) -> PictureError:
    """Put into words what Pillow raised: over broken files, its readers raise nearly anything."""
    if isinstance(error, MemoryError):
        return PictureError("too-much-memory", "to decode it takes more memory than there is for one picture")
    if isinstance(error, UnidentifiedImageError):
        # Pillow's own words hold the address of an object in memory, another one in each run.
        return PictureError("undecodable", f"none of {', '.join(FORMATS)}")
    reason = "truncated" if "truncated" in str(error).lower() else "undecodable"
    return PictureError(reason, _first_line(error))


def open_picture(data: bytes, max_pixels: int) -> Image.Image:
    """Read a picture's header; nothing is decoded yet.

    Raises:
        PictureError: ``undecodable``, ``truncated``, ``format-not-read``, or ``too-many-pixels`` or
            ``extreme-aspect`` by the header.
    """
    try:
        image = open_known(data) or _open(data)
    except PictureError:
        raise
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
        PictureError: ``truncated`` when the file ends early, ``too-much-memory``, ``undecodable`` for all else.
    """
    return normalise(image)[0]


def normalise(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Do as ``to_rgb``, and tell what there was to do: ``orientation``, ``alpha``, ``palette``, ``icc`` and so on.

    Metadata never decides whether there are pixels: what is broken of it is passed over, and told as
    ``exif-ignored``, ``icc-ignored`` and so on. ``end-missing``: a JPEG without its last bytes; ``reduced``: it has
    more than ``FULL_PIXELS``, and was halved until it had not.

    Raises:
        PictureError: as ``to_rgb``.
    """
    try:
        whole = image.size
        image, ignored = _load(image)
        # By the header a TIFF may stand upright that does not yet.
        is_whole = image.size in (whole, whole[::-1])
        if image.mode == "RGB" and is_whole and not has_metadata(image):
            return image, ignored
        return _to_srgb(image, is_whole, ignored)
    except PictureError:
        raise
    except Exception as error:
        raise explain(error) from error


def _to_srgb(image: Image.Image, is_whole: bool, ignored: list[str]) -> tuple[Image.Image, list[str]]:
    """Make a decoded picture RGB, and no larger than ``FULL_PIXELS``; unless it is whole, it has been made so."""
    done = [word for word, modes in _MODES.items() if image.mode in modes]
    if "16-bit" in done:
        image = _in_8_bits(image)
    reduced = _reduce(image) if is_whole else image
    if reduced is not image or not is_whole:
        done.append("reduced")
    image = reduced
    turn = _attempt("exif-ignored", ignored, lambda: _TURNS.get(_orientation(image)))
    if turn is not None:
        done.append("orientation")
        # Not Pillow's exif_transpose, which also writes all EXIF anew, and fails over any odd tag in it.
        image = image.transpose(turn)
    if _is_transparent(image):
        flat = _attempt("transparency-ignored", ignored, lambda: _on_white(image))
        done += ["alpha"] if flat else []
        image = flat or image
        image.info.pop("transparency", None)
    if image.mode in _MODES["palette"]:
        # Profiles are of colours, not of places in a palette.
        image = image.convert("RGB")
    # A broken or foreign profile says nothing of the pixels: they are taken as sRGB.
    converted = _attempt("icc-ignored", ignored, lambda: _in_srgb(image))
    if converted:
        return converted, [*done, "icc", *ignored]
    return image if image.mode == "RGB" else image.convert("RGB"), [*done, *ignored]


def count_frames(image: Image.Image) -> int:
    """Count the frames of an opened picture; where that fails, there is its first one at least."""
    frames: int | None = _attempt("frames-ignored", notes_on(image), lambda: getattr(image, "n_frames", 1))
    if frames is None:
        image.seek(0)
    return frames or 1


def notes_on(image: Image.Image) -> list[str]:
    """Return the list of what has been passed over in an opened picture; ``normalise`` tells of it."""
    notes: list[str] = vars(image).setdefault("notes", [])
    return notes


def _attempt(word: str, notes: list[str], read: Callable[[], Value]) -> Value | None:
    """Read some metadata; if that fails, note it in a word, and go on without."""
    try:
        return read()
    except PictureError:
        raise
    except Exception:
        notes.append(word)
        return None


def _open(data: bytes) -> Image.Image:
    found = find_format(data)
    if found is None:
        raise PictureError("undecodable", f"none of {', '.join(FORMATS)}")
    if found.convert:
        raise PictureError("format-not-read", f"{found.name}: {found.convert}")
    try:
        image = _open_as(found.name, data)
    except Exception:
        less = _open_without(found.name, data)
        if less is None:
            raise
        image = less
    if found.name == "PNG":
        _heed_no_text(image, data)
    elif found.name == "TIFF" and _attempt("exif-ignored", notes_on(image), lambda: _is_raw(image)):
        raise PictureError("format-not-read", f"{RAW.name}: {RAW.convert}")
    return image


def _open_as(name: str, data: bytes) -> Image.Image:
    if name == "HEIF":
        _register_heif()
    return Image.open(io.BytesIO(data), formats=(name,))


@cache
def _register_heif() -> None:
    # Imported here: hardly a source holds such files. What else is in them is not asked for.
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _open_without(name: str, data: bytes, *, load: bool = False) -> Image.Image | None:
    """Open a picture, and decode it if asked to, with as little left out as it takes; None if nothing helps."""
    for word, less in leave_out(name, data):
        try:
            image = _open_as(name, less)
            if load:
                _draft(image)
                image.load()
        except PictureError:
            raise
        except Exception:  # noqa: S112 - more may have to be left out
            continue
        notes_on(image).append(word)
        return image
    return None


def _heed_no_text(image: Image.Image, data: bytes) -> None:
    """Put right what a text of a PNG has taken the place of, going by its name."""
    named = [name for name in _NOT_TEXT if name in _texts(image)]
    if named:
        less = _open_without("PNG", data)
        _replace(image, named, less.info if less else {})


def _texts(image: Image.Image) -> Mapping[str, str]:
    # Before and behind the pixels. Not its property `text`, which decodes it.
    return getattr(getattr(image, "png", None), "im_text", None) or vars(image).get("_text") or {}


def _replace(image: Image.Image, named: Iterable[str], genuine: Mapping[str | tuple[int, int], Any]) -> None:
    for name in named:
        if image.info.get(name) != genuine.get(name):
            notes_on(image).append("text-ignored")
            image.info.pop(name, None)
            if name in genuine:
                image.info[name] = genuine[name]


def _is_raw(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", {})
    # A DNG says so. Other makers' begin with a reduced picture, and keep the others behind the tag SubIFDs.
    return 50706 in tags or (330 in tags and bool(tags.get(254, 0) & 1))


def _load(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Decode a picture as it is; give it with what had to be passed over for that."""
    file, before, notes = getattr(image, "fp", None), dict(image.info), notes_on(image)
    _draft(image)
    _guard_end(image)
    try:
        image.load()
    except PictureError:
        raise
    except Exception as error:
        mended = _mend(image.format or "", file.getvalue(), error) if isinstance(file, io.BytesIO) else None
        if mended is None:
            raise
        image, notes = mended, [*notes, *notes_on(mended)]
    if image.format == "PNG":
        before = {name: value for name, value in before.items() if name in _NOT_TEXT}
        _replace(image, _NOT_TEXT if _texts(image).keys() & set(_NOT_TEXT) else (), before)
    return image, list(dict.fromkeys(notes))


def _guard_end(image: Image.Image) -> None:
    """Check that what follows the pixels of a PNG or a TIFF, further pages and metadata, cannot spoil them."""
    if image.format == "PNG":
        end, notes = image.load_end, notes_on(image)  # type: ignore[attr-defined]
        vars(image)["load_end"] = lambda: _attempt("text-ignored", notes, end)
    elif image.format == "TIFF":
        # Read now, as the file is let go of. The end would turn the picture, after it has counted the pages.
        _attempt("exif-ignored", notes_on(image), image.getexif)
        vars(image)["load_end"] = lambda: vars(image).update(_size=image.im.size)


def _mend(name: str, data: bytes, error: Exception) -> Image.Image | None:
    """Decode a picture that cannot be decoded as it is; None if it cannot be mended."""
    if name not in ("JPEG", "MPO") or "truncated" not in str(error):
        return _open_without(name, data, load=True)

    def open_again(longer: bytes) -> Image.Image:
        image = _open_as("JPEG", longer)
        _draft(image)
        return image

    finished = finish_jpeg(data, open_again)
    if finished:
        notes_on(finished).append("end-missing")
    return finished


def _draft(image: Image.Image) -> None:
    factor = _factor(image)
    if factor > 1 and image.format in ("JPEG", "MPO"):
        image.draft(None, (image.width // factor, image.height // factor))


def _factor(image: Image.Image) -> int:
    factor = 1
    while image.width * image.height > FULL_PIXELS * factor**2:
        factor *= 2
    return factor


def _reduce(image: Image.Image) -> Image.Image:
    factor = _factor(image)
    if factor == 1:
        return image
    # Places in a palette have no mean.
    mode = {"1": "L", "PA": "RGBA", "P": "RGBA" if _is_transparent(image) else "RGB"}.get(image.mode, image.mode)
    converted = image if mode == image.mode else image.convert(mode)
    reduced = converted.reduce(factor)
    reduced.info = {key: value for key, value in image.info.items() if mode == image.mode or key != "transparency"}
    return reduced


def _is_transparent(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Scale what Pillow's convert would clip. 16 bits fill mode I too."""
    values = np.asarray(image)
    scale = 1.0 if image.mode == "F" else 255 / 65535
    shallow = np.empty(values.shape, np.uint8)
    rows = max(1, _BAND // image.width)
    for start in range(0, image.height, rows):
        band = values[start : start + rows].astype(np.float64)
        shallow[start : start + rows] = (band * scale).clip(0, 255).astype(np.uint8)
    grey = Image.fromarray(shallow)
    info = dict(image.info)
    # PNG's one transparent value is of 16 bits, too.
    transparent = info.pop("transparency", None)
    if isinstance(transparent, int):
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
    if not profile:
        return None
    return ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB, outputMode="RGB")


def _orientation(image: Image.Image) -> int:
    value = image.getexif().get(ExifTags.Base.Orientation, 1)
    return value if isinstance(value, int) else 1


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
