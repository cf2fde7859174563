"""Files whose pixels are sound while something else of them is not: what is left out, or put at the end, to read them.

Nothing here touches a byte that stands for pixels.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

#: Opens bytes of the same format.
Opener = Callable[[bytes], Image.Image]

END_OF_IMAGE = b"\xff\xd9"

#: A JPEG is whole if all its rows are, but for so many at the bottom, and but for so small a part of all: those that
#: the last of its bytes stand for. One row of blocks is 8 or 16 pixels high, and its colours spread by two more.
LAST_ROWS = 18
LAST_PART = 1 / 8

#: Bits that no encoder has written in the place of those that are missing; none of these bytes begins a marker.
_NOISE = np.random.default_rng(0).integers(0, 255, 4096, dtype=np.uint8).tobytes()

_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"})
_PNG_LEVELS = (
    ("text", _PIXEL_CHUNKS | {b"tRNS", b"eXIf", b"iCCP"}),
    ("metadata", _PIXEL_CHUNKS | {b"tRNS"}),
    ("transparency", _PIXEL_CHUNKS),
)
_ADOBE, _EXIF, _PROFILE = (0xEE, b"Adobe"), (0xE1, b"Exif\0\0"), (0xE2, b"ICC_PROFILE\0")
#: What names an item of an AVIF or a HEIF as EXIF (ISO/IEC 14496-12, 8.11.6), and in how many bytes it may stand.
_EXIF_ITEM = re.compile(rb"(infe[\2\3].{3}(?:.{2}|.{4}).{2})Exif", re.DOTALL)
_BOXES = 2**20

#: Adobe's segment, so many bytes with its marker, says what the channels of a JPEG are.
_ADOBE_SIZE = 16
_JPEG_LEVELS = (("text", (_ADOBE, _EXIF, _PROFILE)), ("metadata", (_ADOBE,)))


def leave_out(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Return a picture with ever less besides its pixels, each time with the word for what is left out."""
    if name == "PNG":
        for word, kept in _PNG_LEVELS:
            yield f"{word}-ignored", data[:8] + b"".join(chunk for kind, chunk in png_chunks(data) if kind in kept)
    elif name in ("AVIF", "HEIF"):
        yield "metadata-ignored", _EXIF_ITEM.sub(rb"\1skip", data[:_BOXES]) + data[_BOXES:]
    elif name in ("JPEG", "MPO"):
        for word, segments in _JPEG_LEVELS:
            yield f"{word}-ignored", _leave_out_segments(data, segments)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return the chunks of a PNG, whole, by their kind; the last may be cut off."""
    place = 8
    while place < len(data):
        size = 12 + int.from_bytes(data[place : place + 4], "big")
        yield data[place + 4 : place + 8], data[place : place + size]
        place += size


def _leave_out_segments(data: bytes, kept: tuple[tuple[int, bytes], ...]) -> bytes:
    parts, start = [data[:2]], 2
    for marker, place, end in jpeg_segments(data):
        begins = data[place + 4 : place + 16]
        is_metadata = 0xE0 <= marker <= 0xEF or marker == 0xFE
        is_short = begins.startswith(b"Adobe") and end - place < _ADOBE_SIZE
        if not is_metadata or any(
            marker == each and begins.startswith(prefix) for each, prefix in kept if not is_short
        ):
            parts.append(data[place:end])
        start = end
        if marker == 0xDA:
            break
    return b"".join([*parts, data[start:]])


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Return the segments of a JPEG by their marker, with where each starts and ends; of scans, the header alone."""
    place = 2
    while (place := data.find(b"\xff", place)) >= 0 and place + 4 <= len(data):
        marker = data[place + 1]
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            # Of the bits of a scan, or a marker that stands alone.
            place += 1 if marker == 0xFF else 2
            continue
        if marker == END_OF_IMAGE[1]:
            return
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        yield marker, place, min(end, len(data))
        place = end


def finish_jpeg(data: bytes, open_again: Opener) -> Image.Image | None:
    """Decode a JPEG whose end is missing, if that is all it lacks; None if it lacks more.

    What the missing bits stand for is found by decoding twice: with nothing in their place, and with noise. Where both
    agree, the bytes that are there have said all.
    """
    data = data.rstrip(b"\xff")
    if not _has_all_scans(data):
        return None
    try:
        image, other = open_again(data + END_OF_IMAGE), open_again(data + _NOISE + END_OF_IMAGE)
        image.load()
        other.load()
    except (OSError, SyntaxError, ValueError):
        return None
    differ = (np.asarray(image) != np.asarray(other)).reshape(image.height, -1).any(axis=1)
    in_doubt = image.height - int(differ.argmax()) if differ.any() else 0
    return image if in_doubt <= min(LAST_ROWS, image.height * LAST_PART) else None


def _has_all_scans(data: bytes) -> bool:
    """Return whether scans have begun for every bit of every coefficient of every channel (ITU-T T.81, B.2.3)."""
    missing: set[tuple[int, int]] = set()
    for marker, place, end in jpeg_segments(data):
        body = data[place + 4 : end]
        if marker in (0xC0, 0xC1, 0xC2) and len(body) > 5:
            missing = {(body[6 + 3 * i], k) for i in range(body[5]) if len(body) > 6 + 3 * i for k in range(64)}
        elif marker == 0xDA and len(body) >= 4 + 2 * body[0]:
            first, last, bits = body[1 + 2 * body[0] :][:3]
            if bits & 15 == 0:
                missing -= {(body[1 + 2 * i], k) for i in range(body[0]) for k in range(first, last + 1)}
    return not missing
