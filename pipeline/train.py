"""Train a recipe's network and keep the weights that did best on the validation pictures.

Reads datasets/augmented/RECIPE and the val manifest of datasets/split/RECIPE, writes results/RECIPE/model.keras and
results/RECIPE/training (the curves), and logs for TensorBoard.
"""

import itertools
import sys
from dataclasses import dataclass
from typing import Any

from pipeline.models.registry import build_model
from pipeline.models.saved import save_model
from pipeline.parts.arrays import gather, labels_of, open_pixels
from pipeline.parts.backend import make_deterministic
from pipeline.parts.balance import require_classes
from pipeline.parts.command import Stage, run_command
from pipeline.parts.params import load_params
from pipeline.parts.paths import Paths, find_root
from pipeline.parts.recipe import Recipe, load_recipe
from pipeline.parts.tables import read_table
from pipeline.training.callbacks import average_weights, keep_best, log_figures, show_progress
from pipeline.training.feeding import Pictures, draw_batches, steps_per_epoch, training_batches
from pipeline.training.optimizers import build_optimizer

#: Batches from which batch norm's statistics are taken anew for averaged weights.
STATISTICS = 32


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained network (a ``keras.Model``), the epoch its weights are from, and how it did on validation then."""

    model: Any
    epoch: int
    accuracy: float


def train(recipe: Recipe, training: Pictures, validation: Pictures, seed: int, loggers: list[Any]) -> Trained:
    """Train a recipe's network; the same pictures and seed give the same weights, bit for bit.

    All in one call of ``fit``: at the end of each, Keras puts the averaged weights in the place of the others.
    """
    import keras

    settings = recipe.train
    steps = steps_per_epoch(len(training), settings.batch_size)
    model = build_model(recipe.size, recipe.model)
    model.compile(
        optimizer=build_optimizer(settings, steps * settings.epochs),
        loss=keras.losses.BinaryCrossentropy(label_smoothing=settings.label_smoothing),
        metrics=["accuracy"],
        jit_compile=False,  # XLA's convolutions on a CPU: 84 images/s instead of 1,208.
    )
    best = keep_best()
    verbose, progress = show_progress(settings.epochs, steps * settings.batch_size)
    first = itertools.islice(draw_batches(training, settings, recipe.augment.online, seed), STATISTICS)
    averaging = average_weights([pixels for pixels, _ in first]) if settings.average else []
    model.fit(
        training_batches(training, settings, recipe.augment.online, seed),
        epochs=settings.epochs,
        steps_per_epoch=steps,
        validation_data=(validation.pixels, validation.labels[:, None]),
        validation_batch_size=512,
        # The averaged weights come first: what follows sees, logs and keeps those.
        callbacks=[*averaging, best, *loggers, *progress],
        verbose=verbose,
    )
    # A new network, so that the file holds no optimizer, and no loss that only training knows.
    final = build_model(recipe.size, recipe.model)
    final.set_weights(best.weights)
    return Trained(final, best.epoch, best.rank[0])


def read_pictures(paths: Paths, name: str, size: int) -> tuple[Pictures, Pictures]:
    """Read what a recipe trains on, memory-mapped, and what it is validated on.

    Raises:
        EmptySplitError: either lacks a class.
        StageMissingError: an earlier stage has not run.
    """
    folder = paths.augmented(name)
    index = read_table(folder / "index.parquet", f"augment@{name}", ["label"])
    manifest = read_table(paths.split(name) / "val.parquet", f"split@{name}")
    training = Pictures(open_pixels(folder, f"augment@{name}"), labels_of(index))
    validation = Pictures(gather(paths, size, manifest), labels_of(manifest))
    require_classes(training.labels, "train")
    require_classes(validation.labels, "val")
    return training, validation


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("train", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    training, validation = read_pictures(paths, name, recipe.size)
    make_deterministic(params.seed)
    results = paths.results(name)
    loggers = log_figures(results / "training", paths.logs(name))
    trained = train(recipe, training, validation, params.seed, loggers)
    save_model(trained.model, results / "model.keras")
    note = f"best of {recipe.train.epochs} epochs: {trained.epoch}, validation accuracy {trained.accuracy:.2%}"
    stage.summarise(len(training) * recipe.train.epochs, 1, note=note)


if __name__ == "__main__":
    run_command(main)
