import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.pictures.batched_resize import BATCH, BATCH_BYTES, in_batches, resize_alike
from pipeline.resizing.resize_settings import Equalise, Resize
from pipeline.resizing.square_pixels import to_pixels
from pipeline.resizing.squares import to_squares
from tests.factories import make_image

SIDES = st.integers(1, 150)


@given(st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES), st.sampled_from(Image.Resampling), st.data())
@settings(max_examples=200, deadline=None)
def test_pictures_of_one_size_are_resized_as_pillow_resizes_each(old, new, resampling, data):
    channels = data.draw(st.sampled_from([(), (3,)]))
    noise = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 256, (3, *old, *channels))
    # Hard edges are where filters overshoot and results are clipped.
    stack = np.where(noise > 200, 255, noise // 9 * (noise > 100)).astype(np.uint8)
    expected = [np.asarray(Image.fromarray(picture).resize(new, resampling)) for picture in stack]
    np.testing.assert_array_equal(resize_alike(stack, new, resampling), expected)


@pytest.mark.parametrize(
    "how",
    [Resize(), Resize(filter="bicubic"), Resize(mode="centre-crop"), Resize(mode="pad"), Resize(equalise=Equalise())],
)
def test_squares_of_many_are_those_of_each(how):
    pictures = [
        make_image(i, *size) for i, size in enumerate([(32, 32), (50, 40), (32, 32), (200, 300), (36, 36)] * 3)
    ]
    squares = to_squares([np.asarray(picture) for picture in pictures], 36, how)
    np.testing.assert_array_equal(squares, [to_pixels(picture, 36, how) for picture in pictures])


def test_batches_are_bounded_in_number_and_in_bytes():
    small, large = np.empty((8, 8, 3), np.uint8), np.empty((BATCH_BYTES // 3072 + 1, 1024, 3), np.uint8)
    assert [len(batch) for batch in in_batches([small] * (2 * BATCH + 1))] == [BATCH, BATCH, 1]
    assert [len(batch) for batch in in_batches([small, large, large, small])] == [2, 1, 1]
    assert list(in_batches([])) == []
