import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.pictures.lanczos import multiply_rows


@given(st.integers(1, 700), st.integers(1, 130), st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_rows_are_resized_to_the_same_bits_as_by_pillow(old, new, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (2, 12, old), dtype=np.uint8)
    # Hard edges are where filters overshoot and results are clipped.
    noise[1] = noise[1] // 128 * 255
    expected = [np.asarray(Image.fromarray(rows).resize((new, 12), Image.Resampling.LANCZOS)) for rows in noise]
    np.testing.assert_array_equal(multiply_rows(noise, new), expected)
