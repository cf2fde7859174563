"""Whatever else a file holds, its pixels are the same: every format with every kind of odd metadata."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from pipeline.decoding.unscreened import decode_unscreened
from pipeline.pictures import picture as pictures
from pipeline.pictures.mending import png_chunks
from pipeline.pictures.picture import PictureError, normalise, open_picture
from tests.factories import encode, make_image

pillow_heif.register_heif_opener()

PICTURE = make_image(5, 96, 64)
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF")


def ifd(*entries, following=0):
    """EXIF of some tags: number, type, count, and the four bytes of the value or of where it is."""
    tags = b"".join(struct.pack("<HHI4s", *entry) for entry in entries)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + tags + struct.pack("<I", following)


EXIF = {
    "garbage": b"Exif\0\0" + bytes(range(200)),
    "no header": b"nothing of the kind",
    "header alone": b"Exif\0\0II*\0",
    "text as orientation": ifd((274, 2, 4, b"up\0\0")),
    "fraction as orientation": ifd((274, 5, 1, b"\0\0\0\0")),
    "orientation 99": ifd((274, 3, 1, b"\x63\0\0\0")),
    "many orientations": ifd((274, 3, 200, b"\x08\0\0\0")),
    "huge count": ifd((271, 2, 2**32 - 1, b"\x08\0\0\0")),
    "unknown type": ifd((274, 77, 1, b"\1\0\0\0")),
    "chain to itself": ifd((271, 2, 4, b"abc\0"), following=8),
    "GPS nowhere": ifd((34853, 4, 1, b"\xff\xff\xff\x7f"), (34665, 4, 1, b"\xff\xff\xff\x7f")),
    "more tags than there are": b"Exif\0\0II*\0" + struct.pack("<IH", 8, 60_000),
}
PROFILES = {
    "garbage": bytes(range(256)) * 4,
    "cut": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()[:200],
    "of Lab": ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    "one byte": b"x",
}
XMP = {
    "garbage": b"<x:xmpmeta \xff\xfe",
    "latin-1": b"<x:xmpmeta>\xe9</x:xmpmeta>",
}


def pixels(data):
    image, notes = normalise(open_picture(data, 10**6))
    return image.tobytes(), notes


@pytest.fixture(scope="module")
def plain():
    """The pixels of each format's file without any metadata."""
    return {kind: pixels(encode(PICTURE, kind))[0] for kind in FORMATS}


CASES = [
    (kind, key, name, value)
    for kind in FORMATS
    for key, values in (("exif", EXIF), ("icc_profile", PROFILES), ("xmp", XMP))
    for name, value in values.items()
]


@pytest.mark.parametrize(
    ("kind", "key", "name", "value"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_odd_metadata_leaves_the_pixels_as_they_are(kind, key, name, value, plain):
    try:
        if kind == "HEIF":
            raise ValueError("its encoder heeds what it is given")
        data = encode(PICTURE, kind, **{key: value})
    except Exception:
        # No encoder writes such a file, but a stranger does: the value takes the place of a sound one of its length.
        sound = {"exif": ifd((271, 2, 4, b"abc\0")), "icc_profile": PROFILES["cut"], "xmp": b"<x/>"}[key]
        try:
            whole = encode(PICTURE, kind, **{key: sound.ljust(len(value))})
        except Exception:
            pytest.skip(f"{kind} holds no {key} of Pillow's")
        data = whole.replace(sound.ljust(len(value)), value.ljust(len(sound)))
    found, notes = pixels(data)
    assert found == plain[kind]
    assert set(notes) <= {"exif-ignored", "icc-ignored", "text-ignored", "metadata-ignored", "icc", "orientation"}
    # The same through all that is asked of a file before its pixels.
    assert decode_unscreened(data, 10**6)[1].tobytes() == plain[kind]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = encode(PICTURE, "PNG")
CHUNKS = {
    "broken checksum": chunk(b"tEXt", b"a\0b")[:-1] + b"?",
    "text of 2 MB": chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2 * 10**6))),
    "texts of 100 MB": b"".join([chunk(b"zTXt", b"%d\0\0" % i + zlib.compress(bytes(10**6))) for i in range(100)]),
    "iTXt cut": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0"),
    "iTXt of no compression": chunk(b"iTXt", b"a\0\1\7\0\0x"),
    "profile of 5 MB": chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(5 * 10**6))),
    "profile of no compression": chunk(b"iCCP", b"a\0\7x"),
    "short gamma": chunk(b"gAMA", b"x"),
    "short density": chunk(b"pHYs", b"x"),
    "short chromaticities": chunk(b"cHRM", b"x"),
    "transparency too short": chunk(b"tRNS", b"x"),
    "unknown": chunk(b"abCd", b"x" * 100),
}


@pytest.mark.parametrize("place", ["before", "behind"])
@pytest.mark.parametrize("name", CHUNKS)
def test_odd_chunks_of_a_png_leave_the_pixels_as_they_are(name, place):
    at = PNG.index(b"IDAT" if place == "before" else b"IEND") - 4
    found, notes = pixels(PNG[:at] + CHUNKS[name] + PNG[at:])
    assert found == PICTURE.tobytes()
    assert set(notes) <= {"text-ignored", "metadata-ignored", "transparency-ignored", "exif-ignored", "alpha"}


@pytest.mark.parametrize("mode", ["RGB", "P", "L", "RGBA"])
@pytest.mark.parametrize(
    "key", ["exif", "icc_profile", "transparency", "xmp", "gamma", "dpi", "Raw profile type exif"]
)
@pytest.mark.parametrize("behind", [False, True])
def test_a_text_is_never_what_it_is_named_for(mode, key, behind):
    image, exif = PICTURE.convert(mode), Image.Exif()
    exif[0x0112] = 3
    before = encode(image, "PNG", exif=exif)
    upright, _ = pixels(before)
    text = chunk(b"tEXt", key.encode() + b"\0some words")
    at = before.index(b"IEND" if behind else b"IDAT") - 4
    found, notes = pixels(before[:at] + text + before[at:])
    assert found == upright
    assert "orientation" in notes
    assert ("text-ignored" in notes) == (key in ("exif", "icc_profile", "transparency", "xmp"))


def test_what_a_text_has_displaced_is_heeded():
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = swapped.find(b"rXYZ"), swapped.find(b"bXYZ")
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    data = encode(PICTURE, "PNG", icc_profile=bytes(swapped))
    at = data.index(b"IDAT") - 4
    found, notes = pixels(data[:at] + chunk(b"tEXt", b"icc_profile\0mine") + data[at:])
    assert found == pixels(data)[0] != PICTURE.tobytes()
    assert notes == ["icc", "text-ignored"]


SEGMENTS = {
    "short JFIF": b"\xff\xe0\0\7JFIF\0",
    "short Adobe": b"\xff\xee\0\x08Adobe\0",
    "short Exif": b"\xff\xe1\0\x08Exif\0\0",
    "short profile": b"\xff\xe2\0\x0eICC_PROFILE\0",
    "profile 9 of 3": b"\xff\xe2\0\x14ICC_PROFILE\0\x09\x03abcd",
    "broken MPF": b"\xff\xe2\0\x10MPF\0II*\0\x08\0\0\0\xff\xff",
    "broken Photoshop": b"\xff\xed\0\x1aPhotoshop 3.0\x008BIM\x04\x04\xff\xff",
    "broken MPF list": b"\xff\xe2" + struct.pack(">H", 6 + 26) + b"MPF\0" + ifd((0xB001, 4, 1, b"\2\0\0\0"))[6:][:24],
}


@pytest.mark.parametrize("name", SEGMENTS)
def test_odd_segments_of_a_jpeg_leave_the_pixels_as_they_are(name):
    data = encode(PICTURE)
    found, _ = pixels(data[:2] + SEGMENTS[name] + data[2:])
    assert found == pixels(data)[0]


NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (160, 200, 3), np.uint8))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2, 3, 8, 60])
def test_a_jpeg_that_lacks_its_last_bytes_is_whole(progressive, missing):
    data = encode(NOISE, quality=90, progressive=progressive)
    image, notes = normalise(open_picture(data[:-missing], 10**6))
    assert notes == ["end-missing"]
    same = np.asarray(image) == np.asarray(normalise(open_picture(data, 10**6))[0])
    assert same[:-18].all()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
def test_a_jpeg_that_lacks_more_is_not(progressive, part):
    data = encode(NOISE, quality=90, progressive=progressive)
    with pytest.raises(PictureError, match="truncated"):
        normalise(open_picture(data[: int(len(data) * part)], 10**6))


def test_a_progressive_jpeg_without_its_last_scans_is_not_whole():
    data = encode(make_image(1, 200, 200), progressive=True)
    with pytest.raises(PictureError, match="truncated"):
        normalise(open_picture(data[: data.rindex(b"\xff\xda")], 10**6))


def pages(compression):
    out = io.BytesIO()
    PICTURE.save(out, "TIFF", save_all=True, append_images=[make_image(6, 96, 64)], compression=compression)
    return out.getvalue()


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate"])
@given(cut=st.integers(1, 60))
@settings(max_examples=10, deadline=None)
def test_a_tiff_whose_first_page_is_whole_is_whole(compression, cut):
    data = pages(compression)
    first = Image.open(io.BytesIO(data))
    following = first.tag_v2.next
    assert pixels(data[: following + 2])[0] == pixels(data[: following + cut])[0] == PICTURE.tobytes()


def test_a_tiff_is_turned_once():
    exif = Image.Exif()
    exif[0x0112] = 6
    found, notes = pixels(encode(PICTURE, "TIFF", exif=exif))
    assert found == PICTURE.transpose(Image.Transpose.ROTATE_270).tobytes()
    assert notes == ["orientation"]


def test_a_camera_raw_is_no_small_picture():
    tags = Image.Exif()
    tags[50706] = b"\1\4\0\0"
    with pytest.raises(PictureError, match="format-not-read: camera raw: develop"):
        open_picture(encode(PICTURE, "TIFF", exif=tags), 10**6)


@pytest.mark.parametrize("start", [b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"])
def test_what_is_not_read_says_how_to_convert_it(start):
    with pytest.raises(PictureError, match=r"format-not-read: JPEG XL: convert it with `djxl"):
        open_picture(start + bytes(100), 10**6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK", "1", "I;16"])
def test_what_has_too_many_pixels_to_be_decoded_in_full_is_halved(kind, mode, monkeypatch):
    large = make_image(3, 640, 480)
    source = large.convert("L") if mode == "I;16" else large
    image = Image.fromarray(np.asarray(source).astype(np.uint16) * 257) if mode == "I;16" else large.convert(mode)
    try:
        data = encode(image, kind)
    except (OSError, ValueError):
        pytest.skip(f"{kind} cannot hold {mode}")
    full = normalise(open_picture(data, 10**6))[0]
    monkeypatch.setattr(pictures, "FULL_PIXELS", 100_000)
    halved, notes = normalise(open_picture(data, 10**6))
    assert "reduced" in notes
    assert halved.size == (320, 240)
    squares = [np.asarray(each.resize((36, 36), Image.Resampling.LANCZOS), np.int16) for each in (full, halved)]
    assert np.abs(squares[0] - squares[1]).max() <= (3 if mode != "1" else 30)


def test_pillows_own_limit_does_not_win():
    header = struct.pack(">IIBBBBB", 19_000, 10_000, 1, 0, 0, 0, 0)
    lines = zlib.compress(bytes((19_000 // 8 + 1) * 10_000), 1)
    data = PNG[:8] + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    assert open_picture(data, 200_000_000).size == (19_000, 10_000)
    with pytest.raises(PictureError, match="too-many-pixels: 19000x10000"):
        open_picture(data, 189_999_999)


def test_the_frames_of_a_film_that_breaks_off_cost_nobody_the_first():
    frames = [make_image(seed, 96, 64) for seed in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    first, _ = pixels(out.getvalue())
    cut = out.getvalue()[: len(out.getvalue()) // 2]
    image = open_picture(cut, 10**6)
    pictures.count_frames(image)
    assert normalise(image)[0].tobytes() == first


def test_chunks_are_all_of_a_png():
    assert PNG[:8] + b"".join(each for _, each in png_chunks(PNG)) == PNG
    assert PngImagePlugin.PngImageFile(io.BytesIO(PNG)).size == PICTURE.size
