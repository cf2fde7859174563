"""Malformed pictures: real ones in every format that Pillow writes, damaged by chance, and bombs made by hand."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator
from PIL import Image, PngImagePlugin
from skimage import data as photographs

from pipeline.pictures.picture import FORMATS

SIDE = 48

#: Values that parsers trip over.
EDGES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)

#: What a format is saved with, besides its defaults.
OPTIONS: dict[str, tuple[dict[str, object], ...]] = {
    "JPEG": ({"progressive": True}, {"quality": 30, "subsampling": 0}, {"restart_marker_rows": 1}),
    "PNG": ({"compress_level": 0},),
    "WEBP": ({"lossless": True},),
    "TIFF": ({"compression": "tiff_deflate"}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}),
    "JPEG2000": ({"irreversible": True},),
}


def make_originals() -> dict[str, list[bytes]]:
    """Encode some photographs in every format that Pillow writes, in every mode that it takes: bytes by format."""
    Image.init()
    colour = Image.fromarray(photographs.astronaut()[0:200, 150:350]).resize((SIDE, SIDE))
    deep = Image.fromarray(np.asarray(colour.convert("L")).astype(np.uint16) * 257)
    pictures = [*(colour.convert(mode) for mode in ("RGB", "L", "P", "1", "RGBA", "LA", "CMYK", "I", "F")), deep]
    exif = Image.Exif()
    exif.update({0x010F: "Canon", 0x0110: "EOS", 0x0112: 6, 0x010E: "x" * 500})
    rich = {"exif": exif.tobytes(), "icc_profile": b"\0" * 128 + b"acsp" * 40, "xmp": b"<x:xmpmeta>" * 20}
    found: dict[str, list[bytes]] = {}
    for name in sorted(set(Image.SAVE) - {"PDF"}):
        for options in ({}, rich, *OPTIONS.get(name, ())):
            for picture in pictures:
                found.setdefault(name, []).extend(_encode(picture, name, options))
        found[name] += _encode(colour, name, {"save_all": True, "append_images": [colour.rotate(90)] * 3})
    return {name: files for name, files in found.items() if files}


def _encode(picture: Image.Image, name: str, options: dict[str, object]) -> list[bytes]:
    out = io.BytesIO()
    try:
        picture.save(out, name, **options)
    except Exception:
        return []  # What a format cannot hold is no original; each plug-in says so in its own way.
    return [out.getvalue()]


def _flip(data: bytearray, rng: Generator, _: bytes) -> bytearray:
    for place in rng.integers(0, len(data), rng.integers(1, 20)):
        data[place] ^= 1 << rng.integers(8)
    return data


def _lie(data: bytearray, rng: Generator, _: bytes) -> bytearray:
    """Put extremes where headers, sizes and counts are."""
    for place in rng.integers(0, min(len(data), 200), rng.integers(1, 6)):
        data[place : place + rng.integers(1, 5)] = bytes([EDGES[rng.integers(len(EDGES))]]) * rng.integers(1, 5)
    return data


def _cut(data: bytearray, rng: Generator, _: bytes) -> bytearray:
    return data[: rng.integers(len(data))]


def _remove(data: bytearray, rng: Generator, _: bytes) -> bytearray:
    start = rng.integers(len(data))
    del data[start : start + rng.integers(1, 400)]
    return data


def _repeat(data: bytearray, rng: Generator, _: bytes) -> bytearray:
    start = rng.integers(len(data))
    piece = data[start : start + rng.integers(1, 400)]
    return data[:start] + piece * int(rng.integers(2, 30)) + data[start:]


def _splice(data: bytearray, rng: Generator, other: bytes) -> bytearray:
    return data[: rng.integers(len(data))] + other[rng.integers(len(other)) :]


def _fill(data: bytearray, rng: Generator, _: bytes) -> bytearray:
    start = rng.integers(len(data))
    noise = rng.bytes(int(rng.integers(1, 200)))
    data[start : start + len(noise)] = noise
    return data


MUTATIONS: tuple[Callable[[bytearray, Generator, bytes], bytearray], ...] = (
    _flip, _lie, _cut, _remove, _repeat, _splice, _fill,
)  # fmt: skip


def mutate(originals: dict[str, list[bytes]], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Return so many damaged files and their formats, which take turns; some are damaged more than once."""
    # Of those that are opened at all, four times as many.
    names = [*originals, *[name for name in originals if name in FORMATS] * 3]
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        name = names[number % len(names)]
        data = bytearray(originals[name][rng.integers(len(originals[name]))])
        other_name = names[rng.integers(len(names))]
        for _ in range(rng.integers(1, 4)):
            change = MUTATIONS[rng.integers(len(MUTATIONS))]
            data = change(data, rng, originals[other_name][0]) or bytearray(b"\0")
        yield name, bytes(data)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png(width: int, height: int, pixels: bytes, *chunks: bytes) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _nothing(mebibytes: int) -> bytes:
    """Compress so many MiB of zeros."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(mebibytes)) + packer.flush()


def repeat_scan(side: int, times: int) -> bytes:
    """Repeat the last scan of a progressive JPEG: each makes a decoder go over the whole picture again."""
    picture = Image.new("L", (side, side))
    picture.paste(255, (0, 0, side, side // 2))
    data = _encode(picture, "JPEG", {"progressive": True})[0]
    start = data.rindex(b"\xff\xda")
    return data[:-2] + data[start:-2] * times + b"\xff\xd9"


def make_bombs() -> Iterator[tuple[str, bytes]]:
    """Return files that are small and want much: memory, time or depth."""
    picture = Image.effect_noise((64, 64), 60)
    yield "PNG", _png(60_000, 60_000, _nothing(1))
    yield "PNG", _png(7_000, 7_000, _nothing(47))
    yield "PNG", _png(64, 64, _nothing(400))
    yield "PNG", _png(64, 64, zlib.compress(bytes(65 * 64)), *[_chunk(b"zTXt", b"a\0\0" + _nothing(60))] * 20)
    yield "PNG", _png(64, 64, zlib.compress(bytes(65 * 64)), _chunk(b"iCCP", b"a\0\0" + _nothing(300)))
    yield "PNG", _png(64, 64, zlib.compress(bytes(65 * 64)), *[_chunk(b"tEXt", b"a\0b")] * 100_000)
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", "<a>" * 500_000, zip=True)
    yield from (("PNG", data) for data in _encode(picture, "PNG", {"pnginfo": text}))
    yield from (("JPEG", data) for data in _encode(picture, "JPEG", {"xmp": b"<a>" * 20_000}))
    jpeg = _encode(picture, "JPEG", {})[0]
    for marker, body in ((b"\xff\xe1", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"), (b"\xff\xe2", b"ICC_PROFILE\0\x01\xff")):
        segment = marker + struct.pack(">H", 65_535) + body.ljust(65_533, b"\x01")
        yield "JPEG", jpeg[:2] + segment * 300 + jpeg[2:]
    yield "JPEG", repeat_scan(3_000, 500)
    frames = [Image.new("L", (64, 64), shade % 256) for shade in range(3_000)]
    for name in ("GIF", "PNG", "WEBP", "TIFF"):
        yield from ((name, data) for data in _encode(frames[0], name, {"save_all": True, "append_images": frames[1:]}))
    gif = _encode(picture, "GIF", {})[0]
    yield "GIF", gif[:6] + struct.pack("<HH", 65_535, 65_535) + gif[10:]
    yield from _tiffs(_encode(picture, "TIFF", {})[0])


def _tiffs(tiff: bytes) -> Iterator[tuple[str, bytes]]:
    """Let each entry of a TIFF's directory claim extremes, and let the directory end in itself."""
    start = int.from_bytes(tiff[4:8], "little")
    for entry in range(int.from_bytes(tiff[start : start + 2], "little")):
        place = start + 2 + 12 * entry
        for count, value in ((1, 2**31 - 1), (2**28, 8), (2**32 - 1, 0)):
            yield "TIFF", tiff[: place + 4] + struct.pack("<II", count, value) + tiff[place + 12 :]
    end = start + 2 + 12 * int.from_bytes(tiff[start : start + 2], "little")
    yield "TIFF", tiff[:end] + struct.pack("<I", start) + tiff[end + 4 :]
