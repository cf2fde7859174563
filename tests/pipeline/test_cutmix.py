"""Pictures that are cut and pasted together for training."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.changes.augment_settings import Augment, Online

from pipeline.config.recipe import Recipe
from pipeline.models.network_settings import FourLayerCnn
from pipeline.training.cutmix import mix_batch
from pipeline.training.feeding import TrainingPictures, draw_batches
from pipeline.training.loop import train
from pipeline.training.optimizers import build_accuracy
from pipeline.training.train_settings import Train
from pipeline.training.training_sets import Sets


def flat(count, size):
    """Black pictures, which are REAL, and white ones, which are FAKE, in turn."""
    labels = np.arange(count) % 2
    pixels = np.full((count, size, size, 3), 255 * labels[:, None, None, None], np.uint8)
    return TrainingPictures(pixels, labels.astype(np.int8))


@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(2, 12))
def test_labels_are_mixed_as_pixels_are(seed, count, size):
    pictures = flat(count, size)
    before = pictures.pixels.copy()
    labels = pictures.labels[:, None].astype(np.float32)
    pixels, mixed = mix_batch(pictures.pixels, labels, np.random.default_rng(seed))
    assert (pixels.dtype, mixed.dtype, mixed.shape) == (np.uint8, np.float32, (count, 1))
    np.testing.assert_allclose(pixels.mean((1, 2, 3)) / 255, mixed[:, 0], atol=1e-6)
    assert mixed.sum() == pytest.approx(labels.sum(), abs=1e-4)
    np.testing.assert_array_equal(pictures.pixels, before)


def test_what_is_pasted_is_a_rectangle_of_any_area():
    pictures = flat(2, 16)
    labels = pictures.labels[:, None].astype(np.float32)
    parts = []
    for seed in range(300):
        pixels, mixed = mix_batch(pictures.pixels, labels, np.random.default_rng(seed))
        pasted = pixels[0, :, :, 0] == 255
        assert np.array_equal(pasted, pasted.any(1)[:, None] & pasted.any(0)[None, :])
        parts.append(mixed[0, 0])
    assert min(parts) == 0.0  # Half of the time a picture is its own other.
    assert max(parts) > 0.8


def test_so_many_batches_are_mixed_as_the_recipe_says_the_same_in_every_run_and_the_others_as_without():
    pictures, settings = flat(64, 16), Train(epochs=40, batch_size=8)
    without, some, again = (
        list(draw_batches(pictures, settings, Online(shift=0, cutmix=chance), 1)) for chance in (0.0, 0.5, 0.5)
    )
    same = [np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1]) for a, b in zip(without, some, strict=True)]
    assert 0.4 < np.mean(same) < 0.6
    np.testing.assert_equal(some, again)


def test_a_picture_counts_as_what_most_of_it_is():
    accuracy = build_accuracy(Train())
    accuracy.update_state([[0.7], [0.7], [0.2], [1.0]], [[0.9], [0.1], [0.1], [0.8]])
    assert float(accuracy.result()) == 0.75


def test_a_network_learns_from_mixed_pictures():
    recipe = Recipe(
        description="", size=16, augment=Augment(online=Online(cutmix=1.0)),
        model=FourLayerCnn(filters=[4, 4, 4, 4], dense=[4, 4], dropout=0.0),
        train=Train(epochs=3, batch_size=16, learning_rate=0.01, average=0.2),
    )  # fmt: skip
    assert train(recipe, Sets(flat(512, 16), flat(64, 16)), 1).accuracy == 1.0
