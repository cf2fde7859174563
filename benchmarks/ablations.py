"""What each part of a recipe is worth: the recipe, and what it comes to without one part after the other.

    python benchmarks/ablations.py --project ../project --epochs 3 [--only NAME]

The project has CIFAKE divided (`dvc repro split@four_layer_cnn_32`) and resized (`sizes: [32, 36]`). Each variant is
trained with the same seed for so many epochs on the training pictures without changed copies, and asked about the test
pictures; choices are made by the validation's accuracy, so that the test stays a test. Seconds are of processor time.
"""

import argparse
import functools
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

RECIPE, SEED = "four_layer_cnn_32", 1

#: What differs from the recipe, by the path of its key.
VARIANTS: dict[str, dict[str, Any]] = {
    "the recipe": {},
    "enlarged to 36x36": {"size": 36},
    "wider convolutions, 32-64-160-384": {"model.filters": [32, 64, 160, 384]},
    "AdamW in place of Muon": {"train.optimizer": "adamw", "train.learning_rate": 0.001},
    "pooled after each convolution": {"model.pool_after": [1, 2, 3, 4]},
    "weights not averaged": {"train.average": 0.0},
    "neither mirrored nor moved": {"augment.online": {"horizontal_flip": False, "shift": 0}},
    "labels not smoothed": {"train.label_smoothing": 0.0},
    "no dropout": {"model.dropout": 0.0},
    "twice the learning rate": {"train.learning_rate": 0.02},
    "half the learning rate": {"train.learning_rate": 0.005},
    "weights decay less": {"train.weight_decay": 0.02},
    "batches of 256": {"train.batch_size": 256},
    "float32": {"train.precision": "float32"},
    "half of the pictures compressed or noisy": {
        "augment.online.damage_chance": 0.5, "augment.online.jpeg": [50, 95], "augment.online.noise": 4,
    },
}  # fmt: skip


def vary(changes: dict[str, Any], epochs: int) -> Any:
    """Read the recipe with changes in it."""
    from pipeline.config.recipe import parse_recipe

    content = yaml.safe_load((ROOT / "recipes" / f"{RECIPE}.yaml").read_text())
    for path, value in {"augment.copies": 0, "train.epochs": epochs, **changes}.items():
        *outer, last = path.split(".")
        section = content
        for key in outer:
            section = section[key]
        section[last] = value
    return parse_recipe(RECIPE, content)


@functools.cache
def read(project: Path, size: int) -> dict[str, Any]:
    """Read a project's pictures by their split."""
    from pipeline.arrays.pixel_arrays import gather, labels_of
    from pipeline.runtime.paths import Paths
    from pipeline.storage.tables import read_table
    from pipeline.training.feeding import TrainingPictures

    paths = Paths(project)
    tables = {name: read_table(paths.split(RECIPE) / f"{name}.parquet", "split") for name in ("train", "val", "test")}
    return {name: TrainingPictures(gather(paths, size, table), labels_of(table)) for name, table in tables.items()}


def accuracy(model: Any, pictures: Any, mirrored: bool = False) -> float:
    """Return the accuracy at one half; ``mirrored``: of the mean with the score of the mirrored picture."""
    from pipeline.models.saved_model import predict_scores

    scores = predict_scores(model, pictures.pixels)
    if mirrored:
        scores = (scores + predict_scores(model, pictures.pixels[:, :, ::-1])) / 2
    return float(np.mean((scores >= 0.5) == pictures.labels))


def measure(recipe: Any, sets: dict[str, Any]) -> dict[str, float]:
    """Train a variant of the recipe."""
    import keras

    from pipeline.models.tensorflow_backend import make_deterministic
    from pipeline.training.feeding import TrainingPictures
    from pipeline.training.loop import train
    from pipeline.training.training_sets import Sets

    keras.backend.clear_session()
    make_deterministic(SEED, recipe.train.deterministic)
    start = time.process_time()
    trained = train(recipe, Sets(sets["train"], sets["val"]), SEED)
    seconds = time.process_time() - start
    some = TrainingPictures(sets["train"].pixels[:10_000], sets["train"].labels[:10_000])
    return {
        "validation": trained.accuracy,
        "test": accuracy(trained.model, sets["test"]),
        "test_mirrored": accuracy(trained.model, sets["test"], mirrored=True),
        "train": accuracy(trained.model, some),
        "seconds": seconds,
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--only", choices=VARIANTS, action="append", help="this variant; may be given several times")
    options = parser.parse_args()
    from pipeline.models.tensorflow_backend import start_keras

    start_keras()
    found = {}
    print(f"{'':42} validation    test  mirrored  train  CPU s")
    for name in options.only or VARIANTS:
        recipe = vary(VARIANTS[name], options.epochs)
        found[name] = figures = measure(recipe, read(options.project.resolve(), recipe.size))
        shares = [f"{figures[key]:.2%}" for key in ("validation", "test", "test_mirrored", "train")]
        print(f"{name:42} {'  '.join(shares)}  {figures['seconds']:,.0f}", flush=True)
    print(json.dumps({"epochs": options.epochs, "variants": found}))


if __name__ == "__main__":
    main()
