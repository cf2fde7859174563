"""Where each container keeps what is said of a picture: one walker per format, over the bytes, in CONTAINERS.

Nothing is decoded, and nothing is believed: lengths are checked, numbers of pieces and what unpacks are bounded.
"""

import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from pipeline.evidence.origin_evidence import MAX_BYTES

#: A file of more pieces is none that a program wrote for people.
MAX_PIECES = 100_000

#: The identifiers of boxes of type ``uuid``: of C2PA (specification 2.1, A.5.1), and of XMP (part 3, 1.1.4).
C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of metadata; of a text, ``field`` says where it stood."""

    kind: Literal["exif", "xmp", "iptc", "c2pa", "text"]
    data: bytes
    field: str = ""


_APP1, _APP11, _APP13, _COM = 0xE1, 0xEB, 0xED, 0xFE
#: What stands in which segments of a JPEG, and what these begin with.
_SEGMENTS = (
    ("exif", _APP1, b"Exif\0\0"),
    ("xmp", _APP1, b"http://ns.adobe.com/xap/1.0/\0"),
    ("extended", _APP1, b"http://ns.adobe.com/xmp/extension/\0"),
    ("photoshop", _APP13, b"Photoshop 3.0\0"),
    ("jumbf", _APP11, b"JP"),
    ("comment", _COM, b""),
)


def walk_jpeg(image: Image.Image, data: bytes) -> Iterator[Block]:  # noqa: ARG001 - all walkers are called alike
    """Walk the segments in front of the first scan."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for marker, body in _list_segments(data):
        if body.startswith(b"AIGC{"):
            yield Block("text", body[4:], "jpeg:AIGC")
        for kind, wanted, prefix in _SEGMENTS:
            if marker == wanted and body.startswith(prefix):
                found[kind].append(body.removeprefix(prefix))
                break
    yield from (Block("exif", body) for body in found["exif"])
    yield from (Block("xmp", body) for body in (*found["xmp"], *_join_extended(found["extended"])))
    yield from read_photoshop(b"".join(found["photoshop"]))
    yield from (Block("c2pa", jumbf) for jumbf in _join_boxes(found["jumbf"]))
    yield from (Block("text", body, "jpeg:comment") for body in found["comment"])


def _join_extended(parts: list[bytes]) -> list[bytes]:
    """Join parts of XMP: a name of 32 letters, the length of the whole and the place of the part, 4 bytes each."""
    joined: dict[bytes, bytes] = defaultdict(bytes)
    for part in sorted(parts, key=lambda part: part[36:40]):
        joined[part[:32]] += part[40:]
    return list(joined.values())


def _join_boxes(pieces: list[bytes]) -> list[bytes]:
    """Join pieces of boxes: the numbers of box (2 bytes) and piece (4), then the box's own header (8) in each."""
    joined: dict[bytes, bytes] = {}
    for piece in sorted(pieces, key=lambda piece: piece[2:6]):
        known = joined.get(piece[:2])
        joined[piece[:2]] = piece[6:] if known is None else known + piece[14:]
    return list(joined.values())


def _list_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 2
    for _ in range(MAX_PIECES):
        if data[place : place + 1] != b"\xff" or place + 4 > len(data):
            return
        marker = data[place + 1]
        if marker in (0xFF, 0x01) or 0xD0 <= marker <= 0xD8:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in (0xD9, 0xDA):
            return
        length = int.from_bytes(data[place + 2 : place + 4])
        yield marker, data[place + 4 : place + 2 + length]
        place += 2 + max(length, 2)


def read_photoshop(resources: bytes) -> Iterator[Block]:
    """Find the IPTC's record (number 0x0404) among Photoshop's image resources."""
    place = 0
    while resources[place : place + 4] == b"8BIM":
        number, name = struct.unpack_from(">HB", resources.ljust(place + 7, b"\0"), place + 4)
        start = place + 7 + name + (name + 1) % 2
        size = int.from_bytes(resources[start : start + 4])
        if number == 0x0404:
            yield Block("iptc", resources[start + 4 : start + 4 + size])
        place = start + 4 + size + size % 2


def walk_png(image: Image.Image, data: bytes) -> Iterator[Block]:  # noqa: ARG001 - all walkers are called alike
    """Walk all chunks: text may also stand behind the pixels."""
    place, left = 8, MAX_BYTES
    for _ in range(MAX_PIECES):
        size, name = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        if len(name) < 4 or name == b"IEND":
            return
        if name in _CHUNKS:
            block = _CHUNKS[name](data[place + 8 : place + 8 + min(size, MAX_BYTES)], left)
            if block:
                left -= len(block.data)
                yield from _unpack_profile(block)
        place += 12 + size


def _plain(body: bytes, left: int) -> Block | None:
    key, _, value = body.partition(b"\0")
    return _text(key, value[:left])


def _packed(body: bytes, left: int) -> Block | None:
    key, _, value = body.partition(b"\0")
    return _text(key, inflate(value[1:], left))


def _international(body: bytes, left: int) -> Block | None:
    key, _, rest = body.partition(b"\0")
    # Whether it is packed, how, and then two texts that end with a zero: the language, and the key in it.
    value = rest[2:].split(b"\0", 2)[-1]
    return _text(key, inflate(value, left) if rest[:1] == b"\1" else value[:left])


def _text(key: bytes, value: bytes) -> Block:
    if key == b"XML:com.adobe.xmp":
        return Block("xmp", value)
    return Block("text", value, f"png:{key.decode('utf-8', 'replace')}"[:64])


_CHUNKS: dict[bytes, Callable[[bytes, int], Block | None]] = {
    b"tEXt": _plain,
    b"zTXt": _packed,
    b"iTXt": _international,
    b"eXIf": lambda body, left: Block("exif", body[:left]),
    b"caBX": lambda body, left: Block("c2pa", body[:left]),
}


def inflate(packed: bytes, most: int) -> bytes:
    """Unpack at most so many bytes; as far as it goes."""
    try:
        return zlib.decompressobj().decompress(packed, max(most, 1))
    except zlib.error:
        return b""


def _unpack_profile(block: Block) -> Iterator[Block]:
    """Unpack what ImageMagick keeps of other formats in hex: a line for the name, one for the length, the digits."""
    if not block.field.startswith("png:Raw profile type "):
        yield block
        return
    try:
        body = bytes.fromhex(block.data.decode("ascii").split("\n", 3)[3].replace("\n", ""))
    except (ValueError, IndexError):
        return
    if body.startswith(b"Exif\0\0"):
        yield Block("exif", body)
    elif body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
        yield Block("xmp", body[29:])
    elif block.field.endswith("xmp"):
        yield Block("xmp", body)
    else:
        yield from read_photoshop(body)


def walk_webp(image: Image.Image, data: bytes) -> Iterator[Block]:  # noqa: ARG001 - all walkers are called alike
    """Walk the chunks of RIFF, which are padded to even sizes."""
    place = 12
    for _ in range(MAX_PIECES):
        name, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if len(name) < 4:
            return
        if name in _RIFF:
            yield Block(_RIFF[name], data[place + 8 : place + 8 + min(size, MAX_BYTES)])
        place += 8 + size + size % 2


_RIFF: dict[bytes, Literal["exif", "xmp", "c2pa"]] = {b"EXIF": "exif", b"XMP ": "xmp", b"C2PA": "c2pa"}


def walk_boxes(image: Image.Image, data: bytes) -> Iterator[Block]:
    """Walk the outermost boxes of AVIF, HEIC or JPEG XL; of what they keep in items, take what the decoder found."""
    for kind, body in _list_boxes(data):
        if kind == b"uuid" and body.startswith(C2PA_BOX):
            # Version and flags, what it is for, ended by a zero, and the place of another box (8 bytes).
            purpose, _, rest = body[20:].partition(b"\0")
            if purpose == b"manifest":
                yield Block("c2pa", rest[8:])
        elif kind == b"uuid" and body.startswith(XMP_BOX):
            yield Block("xmp", body[16:])
        elif kind == b"jumb":
            yield Block("c2pa", (len(body) + 8).to_bytes(4) + kind + body)
        elif kind == b"xml ":
            yield Block("xmp", body)
        elif kind == b"Exif":
            yield Block("exif", body[4:])
    yield from take_found(image, data)


def _list_boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    for _ in range(MAX_PIECES):
        size, kind, header = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[place + 8 : place + 16]), 16
        elif size == 0:
            size = len(data) - place
        if len(kind) < 4 or size < header:
            return
        if kind != b"mdat":
            yield kind, data[place + header : place + min(size, MAX_BYTES)]
        place += size


def take_found(image: Image.Image, data: bytes) -> Iterator[Block]:  # noqa: ARG001 - all walkers are called alike
    """Take what Pillow found on opening."""
    for name, kind in (("exif", "exif"), ("xmp", "xmp"), ("comment", "text")):
        value = image.info.get(name)
        if isinstance(value, str):
            value = value.encode("utf-8", "replace")
        if value and isinstance(value, bytes):
            yield Block(kind, value[:MAX_BYTES], f"{(image.format or '').lower()}:{name}")  # type: ignore[arg-type]


def walk_tiff(image: Image.Image, data: bytes) -> Iterator[Block]:  # noqa: ARG001 - all walkers are called alike
    """Take the tags of the first page that hold blocks; its EXIF is tags themselves, which ``read_tiff`` takes."""
    if not isinstance(image, TiffImageFile):
        return
    for tag, kind in ((700, "xmp"), (33723, "iptc"), (34377, "photoshop"), (0xCD41, "c2pa")):
        # As Pillow's own reader of the IPTC's does it: that may say that it is numbers, of which Pillow keeps one.
        raw = image.tag_v2._tagdata.get(tag)
        body = as_bytes(raw or image.tag_v2.get(tag))[:MAX_BYTES]
        if kind == "photoshop":
            yield from read_photoshop(body)
        elif body:
            yield Block(kind, body)  # type: ignore[arg-type]


def as_bytes(value: object) -> bytes:
    """Return the bytes that a tag holds: some writers say that they are numbers."""
    if isinstance(value, tuple) and all(isinstance(each, int) and 0 <= each < 256 for each in value):
        return bytes(value)
    return value if isinstance(value, bytes) else b""


def walk_gif(image: Image.Image, data: bytes) -> Iterator[Block]:
    """Take the comment and the XMP that Pillow found, and a manifest, which stands in blocks of up to 255 bytes."""
    yield from take_found(image, data)
    place = data.find(b"\x21\xff\x0bC2PA_GIF")
    if place >= 0:
        place, parts = place + 14, []
        while size := int.from_bytes(data[place : place + 1]):
            parts.append(data[place + 1 : place + 1 + size])
            place += 1 + size
        yield Block("c2pa", b"".join(parts)[:MAX_BYTES])


Walk = Callable[[Image.Image, bytes], Iterator[Block]]


@dataclass(frozen=True, slots=True)
class Container:
    """A file format by what its files begin with at ``place``, its media type, and who walks it."""

    media_type: str
    starts: tuple[bytes, ...]
    walk: Walk
    place: int = 0


CONTAINERS = (
    Container("image/jpeg", (b"\xff\xd8\xff",), walk_jpeg),
    Container("image/png", (b"\x89PNG\r\n\x1a\n",), walk_png),
    Container("image/webp", (b"WEBP",), walk_webp, 8),
    Container("image/avif", (b"ftypavif", b"ftypavis"), walk_boxes, 4),
    Container("image/heic", (b"ftyp",), walk_boxes, 4),
    Container("image/jxl", (b"\0\0\0\x0cJXL ",), walk_boxes),
    Container("image/tiff", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), walk_tiff),
    Container("image/gif", (b"GIF87a", b"GIF89a"), walk_gif),
)


def find_container(data: bytes) -> Container | None:
    """Return by its first bytes what a file is; None for a format that keeps nothing of interest here."""
    return next((each for each in CONTAINERS if data.startswith(each.starts, each.place)), None)
