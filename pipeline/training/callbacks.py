"""What happens at the end of every epoch: the best weights are kept, one line is printed, and figures are logged.

The classes are made inside functions because their base comes with Keras, which takes seconds to import.
"""

import math
import sys
import time
from pathlib import Path
from typing import Any

from pipeline.models.tensorflow_backend import start_keras
from pipeline.runtime.array_types import Pixels
from pipeline.runtime.errors import DivergedError


def keep_best() -> Any:
    """Make a callback whose ``weights`` are those of the best epoch: highest validation accuracy, then lowest loss.

    Raises, at the end of an epoch:
        DivergedError: the loss is no longer a number.
    """
    start_keras()
    import keras

    class KeepBest(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.rank = (-math.inf, -math.inf)
            self.epoch = 0
            self.weights: list[Any] = []

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            figures = logs or {}
            if not math.isfinite(figures["loss"] + figures["val_loss"]):
                raise DivergedError("training diverged: the loss is no longer a number; lower train.learning_rate")
            rank = (figures["val_accuracy"], -figures["val_loss"])
            if rank > self.rank:
                self.rank, self.epoch, self.weights = rank, epoch + 1, self.model.get_weights()

    return KeepBest()


def find_norms(model: Any) -> list[Any]:
    """Find the batch norms that are trained, in models within the model, too."""
    import keras

    inner = [norm for layer in model.layers if isinstance(layer, keras.Model) for norm in find_norms(layer)]
    own = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable]
    return own + inner


def average_weights(batches: list[Pixels]) -> list[Any]:
    """Make the callbacks that put the averaged weights in place whenever the model is validated, and at epochs' ends.

    Batch norm's statistics belong to the weights that they were taken under, so they are taken anew from ``batches``,
    all counting alike (as PyTorch's ``update_bn`` does). Without that, weights averaged over half an epoch had a
    validation accuracy of 74% after two epochs on CIFAKE, where training's own was 93%.
    """
    start_keras()
    import keras

    class RenewStatistics(keras.callbacks.Callback):  # type: ignore[misc]
        def on_test_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
            norms = find_norms(self.model)
            usual = [norm.momentum for norm in norms]
            for number, batch in enumerate(batches):
                for norm in norms:
                    norm.momentum = number / (number + 1)
                self.model(batch, training=True)
            for norm, momentum in zip(norms, usual, strict=True):
                norm.momentum = momentum

    return [keras.callbacks.SwapEMAWeights(swap_on_epoch=True), RenewStatistics()]


def report_epochs(first: int, epochs: int, pictures: int) -> Any:
    """Make a callback that prints one line per epoch, for where no progress bar can be shown."""
    start_keras()
    import keras

    start = time.perf_counter()

    def print_line(epoch: int, logs: dict[str, float]) -> None:
        done, seconds = epoch + 1 - first, time.perf_counter() - start
        figures = ", ".join(f"{name} {value:.4f}" for name, value in logs.items())
        speed, left = done * pictures / seconds, seconds / done * (epochs - epoch - 1) / 60
        print(f"epoch {epoch + 1}/{epochs}: {figures}; {speed:,.0f} pictures/s, {left:.1f} min left", flush=True)

    return keras.callbacks.LambdaCallback(on_epoch_end=print_line)


def show_progress(first: int, epochs: int, pictures: int) -> tuple[int, list[Any]]:
    """Choose Keras' own bar in a terminal, else one line per epoch: ``verbose`` for ``fit``, and callbacks."""
    return (1, []) if sys.stdout.isatty() else (0, [report_epochs(first, epochs, pictures)])


def log_figures(training: Path, logs: Path) -> list[Any]:
    """Make the callbacks that log the curves: DVCLive's as files under ``training``, TensorBoard's under ``logs``.

    DVCLive is told to leave dvc.yaml and Git alone; what it writes then holds figures only, no times.
    """
    start_keras()
    import keras
    from dvclive import Live
    from dvclive.keras import DVCLiveCallback

    live = Live(dir=str(training), dvcyaml=None, save_dvc_exp=False, report=None)
    run = logs / time.strftime("%Y-%m-%d_%H-%M-%S")
    return [DVCLiveCallback(live=live), keras.callbacks.TensorBoard(run, write_graph=False)]
