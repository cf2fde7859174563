"""What a training runs on: all GPUs that there are, or the processor."""

from pathlib import Path
from typing import Any

from pipeline.models.tensorflow_backend import start_keras
from pipeline.training.train_settings import Train

#: From this compute capability on, GPUs have units for half precision (NVIDIA's Volta, 2017).
TENSOR_CORES = (7, 0)

#: Processors with any of these multiply bfloat16 (Intel's from 2020 and AMD's from 2022 on). Others would emulate it.
BFLOAT16_UNITS = {"avx512_bf16", "amx_bf16"}


def choose_strategy() -> Any:
    """Return the ``tf.distribute.Strategy`` to build a model under: copies on all GPUs if there are several.

    A batch is divided among them, so that the recipe stays as it is.
    """
    start_keras()
    import tensorflow as tf

    several = len(tf.config.list_logical_devices("GPU")) > 1
    return tf.distribute.MirroredStrategy() if several else tf.distribute.get_strategy()


def choose_precision(settings: Train) -> str:
    """Return Keras' name of the precision: half of it where the recipe allows and what computes has units for that.

    ``mixed_float16`` is for GPUs, ``mixed_bfloat16`` for processors, whose weights stay float32 in either. On 2 cores
    with AVX-512 it took the four-layer CNN from 558 to 968 pictures per second of processor time.
    """
    start_keras()
    import tensorflow as tf

    if settings.precision == "float32":
        return "float32"
    if gpus := tf.config.list_physical_devices("GPU"):
        able = [tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) for gpu in gpus]
        return "mixed_float16" if min(able) >= TENSOR_CORES else "float32"
    return "mixed_bfloat16" if BFLOAT16_UNITS & processor_flags() else "float32"


def processor_flags(file: Path = Path("/proc/cpuinfo")) -> set[str]:
    """List what the processor can do, in Linux' words; none on other systems.

    TensorFlow knows it, too (oneDNN chooses by it), and tells nobody.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return set(next((line.split(":", 1)[1].split() for line in lines if line.startswith("flags")), []))
