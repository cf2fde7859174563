"""TensorFlow's settings, which count only when they are made before its first import.

Every function that uses Keras calls ``start_keras`` and imports Keras after it: TensorFlow takes seconds to import,
and most commands never need it.
"""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

#: TensorFlow's log level at which it tells a machine without a GPU nothing of it.
QUIET = "3"


def start_keras() -> None:
    """Set up TensorFlow for this process and import it; to be called before the first import of Keras."""
    # oneDNN took the four-layer CNN from 816 to 1,208 images/s on 2 cores.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # Below 3, a machine without a GPU is told in several lines that it has none.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", QUIET)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if "tensorflow" not in sys.modules:
        with hold_stderr():
            import tensorflow  # noqa: F401


@contextmanager
def hold_stderr() -> Iterator[None]:
    """Keep what libraries write to stderr to themselves; show it only if the block fails.

    While it is imported, TensorFlow 2.21 writes about oneDNN and CUDA whatever its log level.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def make_deterministic(seed: int, operations: bool = True) -> None:
    """Make everything that follows in this process come out the same, bit for bit, for the same seed.

    Without ``operations``, only what is drawn by chance is the same: sums may be taken in another order.
    """
    start_keras()
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    if operations:
        tf.config.experimental.enable_op_determinism()
    # Keras warns that it does not shuffle a tf.data set. Ours comes shuffled.
    warnings.filterwarnings("ignore", message="`shuffle=True` was passed", category=UserWarning)
