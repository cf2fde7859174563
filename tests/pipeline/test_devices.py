"""Several devices share the work without a change of recipe. Two halves of the processor stand in for two GPUs."""

import subprocess
import sys
from pathlib import Path

from pipeline.training.devices import choose_precision, choose_strategy, processor_flags
from pipeline.training.train_settings import Train

ROOT = Path(__file__).resolve().parents[2]

SHARED = """
from pipeline.models.tensorflow_backend import start_keras
start_keras()
import tensorflow as tf
processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
from pipeline.training import loop
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
assert strategy.num_replicas_in_sync == 2
loop.choose_strategy = lambda: strategy

from tests.pipeline.test_recipes import easy
from tests.pipeline.test_checkpoint import RECIPE, Checkpoint, Path, Sets
recipe = RECIPE.model_copy(update={
    "model": RECIPE.model.model_copy(update={"dropout": 0.0}),
    "train": RECIPE.train.model_copy(update={"epochs": 5, "batch_size": 16}),
})
checkpoint = Checkpoint(Path(PATH), "")
loop.train(recipe, Sets(easy(16, 64), easy(16, 16)), 1, [], checkpoint)
print("losses", *(figures["loss"] for figures in checkpoint.read().history))
"""


def test_a_batch_is_shared_and_the_recipe_stays_as_it_is(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SHARED.replace("PATH)", f"{str(tmp_path / 'kept.npz')!r})")],
        cwd=ROOT, env={"PYTHONPATH": ".", "PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    word, *losses = done.stdout.splitlines()[-1].split()
    assert (word, len(losses)) == ("losses", 5)
    assert float(losses[-1]) < float(losses[0])


def test_a_processor_computes_alone_and_in_half_precision_only_where_it_has_units_for_it():
    able = {"avx512_bf16", "amx_bf16"} & processor_flags()
    assert choose_precision(Train()) == ("mixed_bfloat16" if able else "float32")
    assert choose_precision(Train(precision="float32")) == "float32"
    assert choose_strategy().num_replicas_in_sync == 1


def test_what_a_processor_can_do_is_read_from_linux(tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text(
        "processor\t: 0\nmodel name\t: One\nflags\t\t: fpu avx2 avx512_bf16\nprocessor\t: 1\nflags\t\t: fpu\n"
    )
    assert processor_flags(file) == {"fpu", "avx2", "avx512_bf16"}
    assert processor_flags(tmp_path / "nowhere") == set()
    file.write_text("processor\t: 0\nFeatures\t: fp asimd\n")
    assert processor_flags(file) == set()
