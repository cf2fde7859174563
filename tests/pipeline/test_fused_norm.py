import numpy as np
import pytest

from pipeline.models.tensorflow_backend import start_keras
from pipeline.training.fused_norm import fuse_norms


@pytest.fixture(scope="module")
def keras():
    start_keras()
    import keras

    keras.utils.set_random_seed(1)
    return keras


def network(keras):
    """Build a network with a norm in it, one in a network within it, and one of a row of numbers."""
    inner = keras.Sequential([keras.Input((8, 8, 4)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization()])
    pictures = keras.Input((8, 8, 3))
    features = keras.layers.BatchNormalization(momentum=0.8, epsilon=0.01)(
        keras.layers.Conv2D(4, 3, padding="same")(pictures)
    )
    features = keras.layers.BatchNormalization()(keras.layers.Flatten()(inner(features)))
    return keras.Model(pictures, keras.layers.Dense(1, activation="sigmoid")(features))


def test_a_step_of_training_changes_all_weights_as_with_keras_norms(keras):
    plain = network(keras)
    fused = fuse_norms(plain)
    pixels = np.random.default_rng(0).normal(3, 2, (64, 8, 8, 3)).astype(np.float32)
    labels = (pixels.mean((1, 2, 3)) > 3).astype(np.float32)
    for model in (plain, fused):
        model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
        model.train_on_batch(pixels, labels)
    assert [weight.shape for weight in fused.weights] == [weight.shape for weight in plain.weights]
    for theirs, ours in zip(plain.get_weights(), fused.get_weights(), strict=True):
        # A fused norm keeps the variance of what batches are drawn from, greater by 1 in 64 * 8 * 8 or so.
        np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-5)


def test_it_scores_as_the_original_does(keras):
    plain = network(keras)
    fused = fuse_norms(plain)
    pixels = np.random.default_rng(0).normal(3, 2, (4, 8, 8, 3)).astype(np.float32)
    np.testing.assert_array_equal(fused.predict(pixels, verbose=0), plain.predict(pixels, verbose=0))


def test_a_frozen_norm_keeps_its_statistics(keras):
    plain = network(keras)
    for layer in plain.layers:
        layer.trainable = False
    fused = fuse_norms(plain)
    before = fused.get_weights()
    fused(np.ones((4, 8, 8, 3), np.float32), training=True)
    for old, new in zip(before, fused.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
