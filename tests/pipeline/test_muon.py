import numpy as np
import pytest

from pipeline.models.build_network import build_model
from pipeline.models.network_settings import FourLayerCnn
from pipeline.models.tensorflow_backend import start_keras
from pipeline.training.optimizers import build_optimizer
from pipeline.training.train_settings import Train

SETTINGS = Train(optimizer="muon", learning_rate=0.01, schedule="constant", weight_decay=0.0)


@pytest.fixture
def network():
    start_keras()
    import keras

    keras.utils.set_random_seed(1)
    return build_model(16, FourLayerCnn(filters=[4, 8, 8, 32], pool_after=[2, 3, 4], dense=[8, 4], dropout=0.0))


def fit(network, steps, settings=SETTINGS):
    """Train on bright against dark pictures; what each weight changed by, by its path."""
    random = np.random.default_rng(0)
    labels = (np.arange(64) % 2).astype(np.float32)
    pixels = random.integers(0, 128, (64, 16, 16, 3)) + (labels * 100).astype(int).reshape(-1, 1, 1, 1)
    before = {weight.path: weight.numpy() for weight in network.trainable_weights}
    network.compile(build_optimizer(settings, steps), "binary_crossentropy")
    network.fit(pixels.astype(np.uint8), labels, batch_size=64, epochs=steps, verbose=0)
    return {weight.path: weight.numpy() - before[weight.path] for weight in network.trainable_weights}


def test_the_step_of_a_hidden_kernel_has_singular_values_that_are_nearly_alike(network):
    steps = fit(network, 1)
    for path in ("conv_2/kernel", "conv_4/kernel", "dense_1/kernel"):
        step = steps[path].reshape(-1, steps[path].shape[-1])
        values = np.linalg.svd(step, compute_uv=False)
        assert values.max() / values[values > values.max() * 1e-3].min() < 3
        # As Liu et al. scale it: the root mean square of a step is 0.2 of the learning rate, as AdamW's about is.
        assert np.sqrt((step**2).mean()) == pytest.approx(0.2 * 0.01, rel=0.35)


def test_the_ends_and_the_scales_are_left_to_adamw(network):
    steps = fit(network, 1)
    for path in ("conv_1/kernel", "fake/kernel", "norm_2/gamma", "dense_1/bias"):
        # AdamW's first step changes every weight by the learning rate, whatever its gradient.
        changed = np.abs(steps[path][steps[path] != 0])
        assert changed == pytest.approx(np.full(changed.shape, 0.2 * 0.01), rel=0.05)


def test_it_learns(network):
    fit(network, 12)
    losses = network.history.history["loss"]
    assert losses[-1] < 0.6 * losses[0]


def test_weights_decay(network):
    steps = fit(network, 1, SETTINGS.model_copy(update={"weight_decay": 0.5}))
    start_keras()
    import keras

    keras.utils.set_random_seed(1)
    start = build_model(16, FourLayerCnn(filters=[4, 8, 8, 32], pool_after=[2, 3, 4], dense=[8, 4], dropout=0.0))
    kernel = start.get_layer("conv_4").kernel.numpy()
    # Half of a hundredth is taken off each weight, on top of a step that does not know of it.
    assert np.polyfit(kernel.ravel(), steps["conv_4/kernel"].ravel(), 1)[0] == pytest.approx(-0.005, abs=0.002)
