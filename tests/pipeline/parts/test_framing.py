import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from pipeline.hashing.framing import find_panel, trim_border
from tests.factories import photograph


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_an_even_border_is_trimmed_and_nothing_else(colour):
    picture = photograph(0).convert("L")
    framed = np.asarray(ImageOps.expand(picture, (20, 10, 20, 30), colour))
    assert trim_border(framed) == (20, 10, 20 + picture.width, 10 + picture.height)
    assert trim_border(np.asarray(picture)) == (0, 0, *picture.size)


def test_an_even_picture_is_left_whole():
    even = np.full((40, 60), 7, dtype=np.uint8)
    assert trim_border(even) == find_panel(even) == (0, 0, 60, 40)


def test_the_panel_on_a_screen_is_found_between_words():
    picture = photograph(0).convert("L")
    screen = Image.new("L", (picture.width, 3 * picture.height), 255)
    screen.paste(picture, (0, picture.height))
    draw = ImageDraw.Draw(screen)
    for top in (20, 60, 2 * picture.height + 40, 2 * picture.height + 80):
        draw.text((10, top), "some words of an application", 0)
    left, top, right, bottom = find_panel(np.asarray(screen))
    assert (left, right) == (0, picture.width)
    assert abs(top - picture.height) <= 3
    assert abs(bottom - 2 * picture.height) <= 3
