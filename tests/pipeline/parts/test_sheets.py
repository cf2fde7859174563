import numpy as np

from pipeline.pictures.batched_resize import MAX_PIXELS
from pipeline.screening.pixel_sheets import lay_out
from tests.factories import make_image


def test_pixels_and_grey_levels_are_those_of_each_picture():
    large = int(MAX_PIXELS**0.5) + 1
    sizes = [(32, 32), (40, 30), (32, 32), (large, large), (1, 7), (large, large), (30, 40), (32, 32)]
    pictures = [make_image(seed, *size) for seed, size in enumerate(sizes)]
    for picture, (pixels, grey) in zip(pictures, lay_out(pictures), strict=True):
        np.testing.assert_array_equal(pixels, np.asarray(picture))
        np.testing.assert_array_equal(grey, np.asarray(picture.convert("L")))
    assert lay_out([]) == []
