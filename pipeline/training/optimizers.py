"""How weights are changed, and judged while they are: losses, optimizers and schedules by their names in a recipe."""

import math
from collections.abc import Callable
from typing import Any

from pipeline.models.tensorflow_backend import start_keras
from pipeline.training.muon import build_muon
from pipeline.training.train_settings import Train


def _of_keras(name: str) -> Callable[..., Any]:
    def build(**settings: Any) -> Any:
        start_keras()
        import keras

        return getattr(keras.optimizers, name)(**settings)

    return build


#: All optimizers: the name in a recipe, and what builds it from the settings that they share.
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "adam": _of_keras("Adam"),
    "adamw": _of_keras("AdamW"),
    "muon": build_muon,
}

#: Epochs after which ``plateau`` divides the learning rate by ten.
PLATEAU_PATIENCE = 2


def build_loss(settings: Train) -> Any:
    """Build the loss."""
    start_keras()
    import keras

    losses = {
        "binary_crossentropy": lambda: keras.losses.BinaryCrossentropy(label_smoothing=settings.label_smoothing),
        "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
    }
    return losses[settings.loss]()


def build_accuracy(settings: Train) -> Any:
    """Build the accuracy at one half; a picture that was pasted together counts as what most of it is."""
    start_keras()
    from keras import metrics, ops

    def of_scores(labels: Any, scores: Any) -> Any:
        return metrics.binary_accuracy(ops.round(labels), scores)

    accuracies = {
        "binary_crossentropy": lambda: metrics.MeanMetricWrapper(of_scores, name="accuracy"),
        "sparse_categorical_crossentropy": lambda: metrics.SparseCategoricalAccuracy(name="accuracy"),
    }
    return accuracies[settings.loss]()


def build_optimizer(settings: Train, steps: int) -> Any:
    """Build the optimizer for a training of ``steps`` steps in all."""
    optimizer = OPTIMIZERS[settings.optimizer](
        learning_rate=SCHEDULES[settings.schedule](settings, steps),
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


def _cosine(settings: Train, steps: int) -> Any:
    """Rise in a line over the warm-up, then fall along half a cosine to zero."""
    import keras

    warmup = round(settings.warmup * steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.learning_rate / 100 if warmup else settings.learning_rate,
        warmup_target=settings.learning_rate if warmup else None,
        warmup_steps=warmup,
        decay_steps=max(1, steps - warmup),
    )


def _constant(settings: Train, _: int) -> float:
    return settings.learning_rate


#: What the learning rate does in the course of the training. ``plateau`` starts constant: a callback divides it.
SCHEDULES: dict[str, Callable[[Train, int], Any]] = {"cosine": _cosine, "constant": _constant, "plateau": _constant}


def watch_loss(settings: Train) -> list[Any]:
    """Make the callbacks that act on the validation loss: a lower learning rate, an early end."""
    start_keras()
    from keras import callbacks

    made = []
    if settings.schedule == "plateau":
        made.append(callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.1, patience=PLATEAU_PATIENCE))
    if settings.early_stopping:
        made.append(callbacks.EarlyStopping(monitor="val_loss", patience=settings.early_stopping))
    return made
