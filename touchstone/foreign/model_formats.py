"""The formats of model files that can be asked: how each is started, and opened."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.models.tensorflow_backend import start_keras
from touchstone.foreign.classifier import ModelFacts, Network
from touchstone.foreign.keras_file import open_keras, open_legacy
from touchstone.foreign.onnx_file import open_onnx, start_onnx


@dataclass(frozen=True, slots=True)
class ModelFormat:
    """How a format's library is imported, and how a file is opened, of which a named output is wanted, or None."""

    start: Callable[[], None]
    open: Callable[[Path, str | None], tuple[Network, ModelFacts]]


#: By the end of a file's name.
FORMATS = {
    ".keras": ModelFormat(start_keras, open_keras),
    ".h5": ModelFormat(start_keras, open_legacy),
    ".hdf5": ModelFormat(start_keras, open_legacy),
    ".onnx": ModelFormat(start_onnx, open_onnx),
}
