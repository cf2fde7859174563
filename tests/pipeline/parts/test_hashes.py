import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.hashing import hashes
from pipeline.hashing.hashes import DEFINITIONS, check_definitions, hash_batch
from tests.factories import make_image


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 300), st.integers(1, 300)), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_batch_of_any_sizes_hashes_as_imagehash_does(shapes):
    pictures = [make_image(seed, width, height) for seed, width, height in shapes]
    batch = hash_batch([np.asarray(picture) for picture in pictures])
    for name, definition in DEFINITIONS.items():
        assert [f"{value:016x}" for value in batch[name]] == [str(definition(picture)) for picture in pictures]


@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(8, 130), st.integers(8, 130))
@settings(max_examples=60, deadline=None)
def test_few_shades_are_hashed_alike_although_rounding_decides(seed, shades, width, height):
    # Equal areas make ties with the median, which the last bit of a sum breaks.
    areas = np.random.default_rng(seed).integers(0, shades + 1, (4, 4, 4, 1), dtype=np.uint8) * (255 // shades)
    pictures = [Image.fromarray(each[:, :, 0]).resize((width, height), 0).convert("RGB") for each in areas]
    batch = hash_batch([np.asarray(picture) for picture in pictures])
    for name, definition in DEFINITIONS.items():
        assert [f"{value:016x}" for value in batch[name]] == [str(definition(picture)) for picture in pictures]


def test_another_definition_cannot_pass_unseen(monkeypatch):
    check_definitions(make_image(1))
    monkeypatch.setitem(hashes.DEFINITIONS, "dhash", DEFINITIONS["average_hash"])
    with pytest.raises(RuntimeError, match="computes dhash differently"):
        check_definitions(make_image(1))


def test_hashes_tell_pictures_apart_and_survive_a_resize():
    batch = hash_batch([np.asarray(image) for image in (make_image(1), make_image(2), make_image(1, 128, 96))])
    distance = lambda a, b: int(np.bitwise_count(a ^ b))  # noqa: E731
    for name, (one, other, larger) in batch.items():
        assert distance(one, larger) <= 4 < distance(one, other), name
