"""How weights are changed: the optimizers by their names in a recipe, under one schedule."""

import math
from typing import Any

from pipeline.parts.backend import start_keras
from pipeline.parts.recipe import Train

#: The class of each in ``keras.optimizers``.
OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW"}


def build_optimizer(settings: Train, steps: int) -> Any:
    """Build the optimizer for a training of ``steps`` steps in all."""
    start_keras()
    import keras

    optimizer = getattr(keras.optimizers, OPTIMIZERS[settings.optimizer])(
        learning_rate=_schedule(settings, steps),
        weight_decay=settings.weight_decay,
        use_ema=settings.average > 0,
        ema_momentum=momentum_of(settings.average, steps),
    )
    # Decay is for weights that multiply; offsets and the scales of batch norm it would only bias.
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return optimizer


def momentum_of(average: float, steps: int) -> float:
    """Turn an averaging time, in parts of the whole training, into the decay by which each step's weights fade.

    Said in parts, one value suits 300 steps and 30,000.

    >>> round(momentum_of(0.1, 10_000), 4), momentum_of(0.0, 10_000)
    (0.999, 0.0)
    """
    return math.exp(-1 / (average * steps)) if average else 0.0


def _schedule(settings: Train, steps: int) -> Any:
    """Rise in a line over the warm-up, then fall along half a cosine to zero."""
    import keras

    warmup = round(settings.warmup * steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.learning_rate / 100 if warmup else settings.learning_rate,
        warmup_target=settings.learning_rate if warmup else None,
        warmup_steps=warmup,
        decay_steps=max(1, steps - warmup),
    )
