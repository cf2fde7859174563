"""What a training runs on: all GPUs that there are, or the processor."""

import sys
from typing import Any

from pipeline.parts.backend import start_keras
from pipeline.parts.fitting import Train

#: From this compute capability on, GPUs have units for half precision (NVIDIA's Volta, 2017).
TENSOR_CORES = (7, 0)


def choose_strategy() -> Any:
    """Give the ``tf.distribute.Strategy`` to build a model under: copies on all GPUs if there are several.

    A batch is divided among them, so that the recipe stays as it is.
    """
    start_keras()
    import tensorflow as tf

    several = len(tf.config.list_logical_devices("GPU")) > 1
    return tf.distribute.MirroredStrategy() if several else tf.distribute.get_strategy()


def choose_precision(settings: Train) -> str:
    """Give Keras' name of the precision: ``mixed_float16`` if the recipe allows and every GPU has the units for it."""
    start_keras()
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    able = [tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) for gpu in gpus]
    if settings.precision == "auto" and able and min(able) >= TENSOR_CORES:
        print(f"training in mixed_float16 on {len(gpus)} GPUs", file=sys.stderr)
        return "mixed_float16"
    return "float32"
