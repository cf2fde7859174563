"""EXIF, as far as it bears on where a picture comes from."""

from collections.abc import Callable, Mapping
from typing import Any

from PIL import ExifTags, Image

from pipeline.evidence.containers import as_bytes
from pipeline.evidence.iptc import as_text

#: Pillow keeps what each tag points at, and all may point at the same bytes: a larger block could fill the memory.
MAX_EXIF = 256 * 2**10

#: Tags of EXIF 3.0 that Pillow has no name for.
_NEW = {
    0xA436: "ImageTitle",
    0xA43C: "RAWDevelopingSoftware",
    0xA43D: "ImageEditingSoftware",
    0xA43E: "MetadataEditingSoftware",
}
_NAMES = ExifTags.TAGS | _NEW

#: Tags that hold texts which may tell an origin or rights, in the order in which they are looked at.
TEXTS = (
    "UserComment", "ImageDescription", "Software", "ProcessingSoftware", "Make", "Model", "XPComment", "XPTitle",
    "XPKeywords", "XPSubject", "Artist", "Copyright", *_NEW.values(),
)  # fmt: skip


def read_exif(block: bytes) -> dict[str, Any]:
    """Read the tags of a block of EXIF by their names; none if it is broken."""
    if len(block) > MAX_EXIF:
        return {}
    exif = Image.Exif()
    return _take(exif, lambda: exif.load(block))


def read_tiff(image: Image.Image) -> dict[str, Any]:
    """Read the tags of the first page of an opened TIFF."""
    return _take(image.getexif(), lambda: None) if image.format == "TIFF" else {}


def _take(exif: Image.Exif, load: Callable[[], None]) -> dict[str, Any]:
    try:
        load()
        tags = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    except Exception:
        # What somebody wrote into a file makes Pillow raise nearly anything; the picture itself may be whole.
        return {}
    return {_NAMES[tag]: value for tag, value in tags.items() if tag in _NAMES}


def decode_text(name: str, value: Any) -> str:
    """Decode the text of a tag: UserComment says its encoding in its first 8 bytes, Windows' tags are UTF-16."""
    if isinstance(value, str):
        # EXIF's own texts are ASCII; Pillow takes them for Latin-1, most writers for UTF-8.
        return as_text(value.encode("latin-1")) if max(value, default="") <= "\xff" else value
    data = as_bytes(value)
    if name.startswith("XP"):
        return data.decode("utf-16-le", "replace").rstrip("\0")
    if name == "UserComment" and data.startswith(b"UNICODE\0"):
        body = data[8:]
        # In which order the bytes are nobody says: most letters are ASCII, the zeros are in front of them or behind.
        big = body[0::2].count(0) >= body[1::2].count(0)
        return body.decode("utf-16-be" if big else "utf-16-le", "replace").rstrip("\0")
    if name == "UserComment" and data[:8] in (b"ASCII\0\0\0", bytes(8)):
        data = data[8:]
    return as_text(data.strip(b"\0"))


def list_texts(tags: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List the texts among some tags, by name."""
    texts = ((name, decode_text(name, tags[name])) for name in TEXTS if name in tags)
    return [(name, text) for name, text in texts if text]
