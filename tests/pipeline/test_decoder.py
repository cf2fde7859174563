"""The bounded decoder, with what strangers send to stop it."""

import io
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from contextlib import suppress

import numpy as np
import psutil
import pytest
from PIL import Image, ImageCms

from pipeline.asking.seen_picture import read_squares
from pipeline.decoding import decoder
from pipeline.decoding.decoder import PLACES, LeftError, run_bounded
from pipeline.decoding.unscreened import decode_unscreened
from pipeline.pictures.picture import PictureError
from pipeline.resizing.resize_settings import Resize
from tests.factories import encode, make_endless, make_image

ENDLESS = make_endless()
GOOD = encode(make_image(1))


def decode(data, **how):
    return run_bounded(decode_unscreened, data, 200_000_000, **how)


def test_a_child_gives_what_the_same_call_gives_here():
    assert decode(GOOD)[1].tobytes() == decode_unscreened(GOOD, 10**6)[1].tobytes()
    _, squares = run_bounded(read_squares, GOOD, 10**6, 36, Resize())
    assert np.array_equal(squares, read_squares(GOOD, 10**6, 36, Resize())[1])


def test_reasons_come_through():
    with pytest.raises(PictureError) as caught:
        decode(b"<html>")
    assert caught.value.reason == "undecodable"
    with pytest.raises(PictureError, match="too-many-pixels: 64x48"):
        run_bounded(decode_unscreened, GOOD, 1000)


def test_what_takes_too_long_is_ended_and_the_next_is_not(monkeypatch):
    monkeypatch.setattr(decoder, "SECONDS", 1.0)
    with pytest.raises(PictureError, match="too-slow: not decoded after 1 s"):
        decode(ENDLESS)
    monkeypatch.undo()
    assert decode(GOOD)[0].width == 64


def test_who_leaves_frees_the_place():
    gone = threading.Event()
    outcomes = []

    def ask():
        try:
            decode(ENDLESS, left=gone.is_set)
        except (LeftError, PictureError) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=ask) for _ in range(PLACES + 2)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    gone.set()
    for thread in threads:
        thread.join(5)
    assert outcomes == [LeftError] * len(threads)
    assert decode(GOOD)[0].width == 64


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_decoder_that_crashes_is_replaced(number):
    for _ in range(PLACES + 1):
        with pytest.raises(PictureError, match="crash"):
            run_bounded(signal.raise_signal, number)
    assert decode(GOOD)[0].width == 64


def test_memory_is_bounded():
    with pytest.raises(PictureError, match="too-much-memory"):
        run_bounded(np.ones, 2**30)
    assert decode(GOOD)[0].width == 64


def test_an_error_of_ours_is_none_of_the_picture():
    with pytest.raises(ZeroDivisionError):
        run_bounded(divmod, 1, 0)


def test_children_end_with_whoever_started_them():
    code = "import os; from pipeline.decoding.decoder import run_bounded; print(run_bounded(os.getpid))"
    child = int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    end = time.monotonic() + 20
    while psutil.pid_exists(child):
        assert time.monotonic() < end
        time.sleep(0.05)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, data, *more, interlaced=0):
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, interlaced)
    chunks = [chunk(b"IHDR", header), *more, chunk(b"IDAT", data), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def film(kind, frames):
    out = io.BytesIO()
    many = [Image.new("L", (64, 64), number % 256) for number in range(frames)]
    many[0].save(out, kind, save_all=True, append_images=many[1:])
    return out.getvalue()


def tiled_tiff(width, side):
    """A TIFF of zeros in tiles, all of which are the same few bytes."""
    tile = zlib.compress(bytes(side * side))
    count = (width // side) ** 2
    entries = [
        (256, 4, 1, width), (257, 4, 1, width), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1),
        (322, 4, 1, side), (323, 4, 1, side), (324, 4, count, 1000), (325, 4, count, 1000 + 4 * count),
    ]  # fmt: skip
    tags = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    start = b"II*\0" + struct.pack("<IH", 8, len(entries)) + tags + bytes(4)
    place = 1000 + 8 * count
    return start.ljust(1000, b"\0") + struct.pack("<I", place) * count + struct.pack("<I", len(tile)) * count + tile


def large_avif():
    """An AVIF that says of itself, and of its one item, that it is 6,000 pixels a side."""
    data = encode(make_image(1), "AVIF")
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", 6_000, 6_000) + data[place + 8 :]


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ZEROS = zlib.compress(bytes(65 * 9))
TEXT = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(60_000_000)))
HOSTILE = {
    "interlaced PNG": png(8_000, 8_000, zlib.compress(bytes(8_100_000)), interlaced=1),
    "PNG of texts": png(64, 64, ZEROS, *[TEXT] * 30),
    "PNG of a profile": png(64, 64, ZEROS, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(200_000_000), 1))),
    "PNG of many chunks": png(64, 64, ZEROS, *[chunk(b"tEXt", b"a\0b")] * 50_000),
    "GIF of 3,000 frames": film("GIF", 3_000),
    "WebP of 500 frames": film("WEBP", 500),
    "tiled TIFF": tiled_tiff(8_192, 256),
    "AVIF of another size": large_avif(),
    "EXIF of 60,000 tags": encode(make_image(1), exif=b"Exif\0\0II*\0" + struct.pack("<IH", 8, 60_000) * 8_000),
    "profile of 4 MB": encode(make_image(1), icc_profile=PROFILE + bytes(4_000_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_made_to_want_much_ends_within_the_limits(name):
    start = time.monotonic()
    with suppress(PictureError):
        assert decode(HOSTILE[name])[1].shape[2] == 3
    assert time.monotonic() - start < decoder.SECONDS + 2
    assert decode(GOOD)[0].width == 64
