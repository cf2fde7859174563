"""Training throughput: our loop beside plain Keras `fit`, and how much of the machine's arithmetic ours uses.

    python benchmarks/train.py [--recipe four_layer_cnn] [--quick]

Both train the recipe's network on the same uint8 arrays of noise, with the same loss and batch size, each in a process
of its own; what is counted is the best epoch after the first. Ours runs as the stage `train` does.
Keras' runs as a newcomer leaves it: pixels as float32 of 0..1 in memory, flip and shift by preprocessing layers, Adam,
`compile` and `fit` with their defaults, no variable of the environment set. Two variants of it are shown, too: without
augmentation, and with `jit_compile=False`. The machine's arithmetic is a matrix product of 4096 squared in TensorFlow,
in our process and in the precision that the network is trained in. Ours chooses that by the processor, and is shown
in float32, too.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

#: Pictures of an epoch, and epochs.
FULL, QUICK, EPOCHS = 6_400, 1_280, 3


def load(name: str) -> Any:
    """Read a recipe of the project."""
    import yaml

    from pipeline.config.recipe import parse_recipe

    return parse_recipe(name, yaml.safe_load((ROOT / "recipes" / f"{name}.yaml").read_text()))


def arrays(count: int, size: int) -> tuple[Any, Any]:
    """Make noise and labels in turn."""
    pixels = np.random.default_rng(1).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    return pixels, (np.arange(count) % 2).astype(np.int8)


def epoch_clock() -> Any:
    """Make the callback that times each epoch's batches: what comes after the last belongs to the validation."""
    import keras

    class Clock(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.seconds: list[float] = []

        def on_epoch_begin(self, *_: Any, **__: Any) -> None:
            self.start = time.perf_counter()

        def on_train_batch_end(self, *_: Any, **__: Any) -> None:
            self.end = time.perf_counter()

        def on_epoch_end(self, *_: Any, **__: Any) -> None:
            self.seconds.append(self.end - self.start)

        def per_second(self, count: int) -> float:
            return count / min(self.seconds[1:])

    return Clock()


def flop_per_picture(model: Any) -> float:
    """Count the multiplications and additions of one training step on one picture, in convolutions and dense layers.

    Backwards costs twice what forwards does; the first layer needs no gradient of its input.
    """
    total, first = 0.0, True
    for layer in model.layers:
        if type(layer).__name__ not in {"Conv2D", "Dense"}:
            continue
        *places, _ = layer.output.shape[1:]
        forwards = 2 * math.prod(layer.kernel.shape) * math.prod(places)
        total += forwards * (2 if first else 3)
        first = False
    return total


def matmul_flops(dtype: str) -> float:
    """Measure what the machine gives in a large matrix product, in FLOP/s: the best of ten."""
    import tensorflow as tf

    side = 4096
    a, b = (tf.cast(tf.random.normal((side, side)), dtype) for _ in range(2))
    best = math.inf
    for _ in range(10):
        start = time.perf_counter()
        tf.linalg.matmul(a, b).numpy()
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best


def ours(name: str, count: int, precision: str = "auto") -> dict[str, Any]:
    """Train as the stage does."""
    import keras

    from pipeline.models.build_network import build_model
    from pipeline.models.tensorflow_backend import make_deterministic
    from pipeline.training.devices import choose_precision
    from pipeline.training.feeding import TrainingPictures
    from pipeline.training.loop import train
    from pipeline.training.training_sets import Sets

    recipe = load(name)
    make_deterministic(1, recipe.train.deterministic)
    settings = recipe.train.model_copy(update={"epochs": EPOCHS, "precision": precision})
    recipe = recipe.model_copy(update={"train": settings})
    clock, pictures = epoch_clock(), TrainingPictures(*arrays(count, recipe.size))
    dtype = keras.DTypePolicy(choose_precision(settings)).compute_dtype
    before = matmul_flops(dtype)
    train(recipe, Sets(pictures, TrainingPictures(*arrays(256, recipe.size))), 1, [clock])
    peak = max(before, matmul_flops(dtype))
    per_second = clock.per_second(count // recipe.train.batch_size * recipe.train.batch_size)
    flops = per_second * flop_per_picture(build_model(recipe.size, recipe.model))
    shares = {"gflops": flops / 1e9, "matmul_gflops": peak / 1e9, "share": flops / peak}
    return {"per_second": per_second, "precision": dtype, **shares}


def theirs(name: str, count: int, augmented: bool, **compiling: Any) -> dict[str, float]:
    """Train with Keras alone."""
    import keras
    from keras import layers

    # The recipe's network and loss, and nothing else of ours: the module that trains would set the environment.
    from pipeline.models.network_settings import NETWORKS

    recipe = load(name)
    pixels, labels = arrays(count, recipe.size)
    inputs = keras.Input((recipe.size, recipe.size, 3))
    features = inputs
    if augmented:
        shift = recipe.augment.online.shift / recipe.size
        features = layers.RandomFlip("horizontal")(features)
        features = layers.RandomTranslation(shift, shift, fill_mode="reflect")(features)
    # The network scales pixels of 0..255 itself.
    network = resolve_name(NETWORKS[recipe.model.name].build)(recipe.size, recipe.model)
    model = keras.Model(inputs, network(layers.Rescaling(255.0)(features)))
    model.compile(optimizer="adam", loss=recipe.train.loss, metrics=["accuracy"], **compiling)
    clock = epoch_clock()
    held, held_labels = arrays(256, recipe.size)
    model.fit(
        pixels.astype("float32") / 255,
        labels.astype("float32"),
        batch_size=recipe.train.batch_size,
        epochs=EPOCHS if compiling else 2,
        validation_data=(held.astype("float32") / 255, held_labels.astype("float32")),
        callbacks=[clock],
        verbose=0,
    )
    return {"per_second": clock.per_second(count)}


CONTENDERS = {
    "ours": ours,
    "ours, float32": lambda name, count: ours(name, count, "float32"),
    "keras": lambda name, count: theirs(name, count, augmented=True),
    "keras, no augmentation": lambda name, count: theirs(name, count, augmented=False),
    "keras, jit_compile=False": lambda name, count: theirs(name, count, augmented=True, jit_compile=False),
}


def run(contender: str, name: str, count: int) -> dict[str, Any]:
    """Run one contender in a process of its own."""
    command = [sys.executable, __file__, "--recipe", name, "--contender", contender, "--pictures", str(count)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("TF_", "KERAS_"))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="four_layer_cnn")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} pictures an epoch in place of {FULL:,}")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--pictures", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        print(json.dumps(CONTENDERS[options.contender](options.recipe, options.pictures)))
        return
    start = time.perf_counter()
    # A newcomer's loop may be so slow that a quick run of it is enough.
    counts = {name: QUICK if options.quick or name.startswith("keras") else FULL for name in CONTENDERS}
    found = {}
    for name, count in counts.items():
        found[name] = run(name, options.recipe, count)
        print(f"{name:28} {found[name]['per_second']:8,.0f} images/s", flush=True)
    for each in (found["ours"], found["ours, float32"]):
        product = f"{each['matmul_gflops']:.1f} GFLOP/s of a matrix product in {each['precision']}"
        print(f"{each['gflops']:.1f} of {product}: {each['share']:.0%}")
    mine = found["ours"]
    ratios = {name: round(mine["per_second"] / figures["per_second"], 2) for name, figures in found.items()}
    print(
        json.dumps(
            {"seconds": round(time.perf_counter() - start, 1), "ratio": ratios["keras"], "ratios": ratios}
            | found["ours"]
        )
    )


if __name__ == "__main__":
    main()
