import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pipeline.screens.screen_settings import Screen

from pipeline.pictures.picture import PictureError, open_picture, to_rgb
from pipeline.pictures.picture_headers import MAX_HEADER, open_known
from pipeline.screening.measurements import measure_file
from tests.factories import encode, make_image

FILES = [
    encode(make_image(seed, width, 24).convert(mode), quality=quality, progressive=progressive, optimize=optimise)
    for seed, (width, mode, quality, progressive, optimise) in enumerate(
        [
            (32, "RGB", 75, False, False),
            (32, "RGB", 75, False, False),
            (33, "RGB", 75, False, False),
            (32, "L", 75, False, False),
            (32, "RGB", 30, True, False),
            (32, "RGB", 90, False, True),
        ]
    )
]


def open_plainly(data):
    return Image.open(io.BytesIO(data), formats=("JPEG",))


def outcome(opener, data):
    """What is told of a file, its pixels, or what is wrong with it."""
    try:
        image = opener(data)
        facts = measure_file(image, data), image.size, image.format, dict(image.info)
        return facts, to_rgb(image).tobytes()
    except Exception as error:
        return str(error) if isinstance(error, PictureError) else type(error)


@pytest.mark.parametrize("data", FILES)
def test_a_known_header_tells_what_pillow_reads(data):
    for _ in range(2):
        assert outcome(open_known, data) == outcome(open_plainly, data)


def test_pictures_behind_one_header_do_not_share_what_is_done_to_them():
    one, other = (open_known(data) for data in FILES[:2])
    one.info["note"] = "mine"
    np.testing.assert_array_equal(np.asarray(one), np.asarray(open_plainly(FILES[0])))
    assert "note" not in other.info
    np.testing.assert_array_equal(np.asarray(other), np.asarray(open_plainly(FILES[1])))


def test_metadata_and_foreign_formats_go_the_usual_way():
    exif = Image.Exif()
    exif[0x010E] = "a picture"
    assert open_known(encode(make_image(1), exif=exif)) is None
    assert open_known(encode(make_image(1), comment=b"\xff\xda and more")) is None
    assert open_known(encode(make_image(1), exif=exif, comment=b"x" * MAX_HEADER)) is None
    assert open_known(encode(make_image(1).convert("CMYK"))) is None
    assert open_known(encode(make_image(1), "PNG")) is None
    assert open_known(b"") is None


@given(st.integers(0, len(FILES) - 1), st.integers(0, 10**6), st.integers(0, 255), st.integers(0, 10**6))
@settings(max_examples=300, deadline=None)
def test_a_damaged_file_fails_as_it_would_for_pillow(number, place, value, end):
    data = bytearray(FILES[number])
    data[place % len(data)] = value
    damaged = bytes(data[: end % len(data) + 1] if end % 3 == 0 else data)
    usual = outcome(open_plainly, damaged)
    ours = outcome(lambda file: open_known(file) or open_plainly(file), damaged)
    assert ours == usual


def test_the_bound_on_pixels_holds_for_known_headers():
    data = encode(make_image(1, 64, 64))
    open_picture(data, Screen().max_pixels)
    with pytest.raises(PictureError, match="too-many-pixels: 64x64"):
        open_picture(data, 64 * 64 - 1)
