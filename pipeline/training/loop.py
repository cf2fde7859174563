"""One training, from an untrained network to a detector with its threshold."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.models.build_network import as_detector, build_model
from pipeline.models.saved_model import predict_scores
from pipeline.training.callbacks import average_weights, keep_best, show_progress
from pipeline.training.checkpoint import Checkpoint, State, go_on
from pipeline.training.decision_threshold import choose_threshold
from pipeline.training.devices import choose_precision, choose_strategy
from pipeline.training.feeding import draw_batches, steps_per_epoch, training_batches
from pipeline.training.fused_norm import fuse_norms
from pipeline.training.optimizers import build_accuracy, build_loss, build_optimizer, watch_loss
from pipeline.training.training_sets import Sets

if TYPE_CHECKING:
    from pipeline.config.recipe import Recipe


#: Batches from which batch norm's statistics are taken anew for averaged weights.
STATISTICS = 32


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained detector (a ``keras.Model``), the epoch its weights are from, and how it did on validation then."""

    model: Any
    epoch: int
    accuracy: float
    loss: float
    threshold: float


def train(
    recipe: Recipe, sets: Sets, seed: int, loggers: Sequence[Any] = (), checkpoint: Checkpoint | None = None
) -> Trained:
    """Train a recipe's network; the same pictures and seed give the same weights, bit for bit.

    With a checkpoint, a training that was killed goes on where it was, and comes to the same weights.
    """
    best = keep_best()
    # The averaged weights come first: what follows sees, logs and keeps those.
    callbacks = [*_averaging(recipe, sets, seed), best, *watch_loss(recipe.train), *loggers]
    state = State()
    if checkpoint:
        state = checkpoint.read()
        callbacks.append(go_on(checkpoint, state, best, tuple(callbacks)))
    first = recipe.train.epochs if state.ended else len(state.history)
    _fit(recipe, sets, seed, first, callbacks)
    # A new network, so that the file holds no optimizer, no copies for several GPUs, nothing of half precision.
    final = build_model(recipe.size, recipe.model)
    final.set_weights(best.weights)
    detector = as_detector(final)
    threshold = choose_threshold(
        sets.validation.labels, lambda: predict_scores(detector, sets.validation.pixels), recipe.train.decision
    )
    return Trained(detector, best.epoch, best.rank[0], -best.rank[1], threshold)


def _averaging(recipe: Recipe, sets: Sets, seed: int) -> list[Any]:
    if not recipe.train.average:
        return []
    # Whole pictures: what the network is asked about is not cut.
    online = recipe.augment.online.model_copy(update={"cutmix": 0.0})
    batches = draw_batches(sets.training, recipe.train, online, seed)
    return average_weights([pixels for pixels, _ in itertools.islice(batches, STATISTICS)])


def _fit(recipe: Recipe, sets: Sets, seed: int, first: int, callbacks: list[Any]) -> None:
    """Train from epoch ``first`` on, in one call: at the end of ``fit``, averaged weights stay in for good."""
    import keras

    settings = recipe.train
    steps = steps_per_epoch(len(sets.training), settings.batch_size)
    keras.config.set_dtype_policy(choose_precision(settings))
    with choose_strategy().scope():
        model = fuse_norms(build_model(recipe.size, recipe.model))
        model.compile(
            optimizer=build_optimizer(settings, steps * settings.epochs),
            loss=build_loss(settings),
            metrics=[build_accuracy(settings)],
            jit_compile=False,  # XLA's convolutions on a CPU: 84 images/s instead of 1,208.
        )
    keras.config.set_dtype_policy("float32")
    verbose, progress = show_progress(first, settings.epochs, steps * settings.batch_size)
    model.fit(
        training_batches(sets.training, settings, recipe.augment.online, seed, first),
        initial_epoch=first,
        epochs=settings.epochs,
        steps_per_epoch=steps,
        validation_data=(sets.validation.pixels, sets.validation.labels[:, None]),
        validation_batch_size=512,
        callbacks=[*callbacks, *progress],
        verbose=verbose,
    )
