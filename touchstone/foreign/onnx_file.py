"""An ONNX file, asked by onnxruntime on the processor."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.saved_model import MAX_BYTES
from pipeline.runtime.errors import ModelFileError, TouchstoneError
from touchstone.foreign.classifier import Array, Classifier

#: What the tensors of pictures may be made of.
TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}

#: What a file may declare of its pixels (https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md).
RANGES = {"NominalRange_0_255": "bytes", "Normalized_0_1": "unit", "Normalized_1_1": "symmetric"}


def open_onnx(path: Path) -> Classifier:
    """Open an ONNX model from square pictures in RGB, in either layout, to one or two outputs.

    Raises:
        ModelFileError: it is no ONNX model, or takes or gives something else.
        TouchstoneError: onnxruntime is not installed.
    """
    session = _start(path)
    taken = session.get_inputs()
    if len(taken) != 1 or taken[0].type not in TYPES or len(taken[0].shape) != 4:
        shapes = ", ".join(f"{each.type}{each.shape}" for each in taken)
        raise ModelFileError(path, f"it takes {shapes}, not one batch of pictures")
    facts = session.get_modelmeta().custom_metadata_map
    _require_rgb(path, facts)
    side, first = _read_layout(path, taken[0].shape)
    kind, fixed, name = TYPES[taken[0].type], isinstance(taken[0].shape[0], int), taken[0].name
    output = _choose_output(path, session.get_outputs())

    def ask(pixels: NDArray[np.float32]) -> Array:
        batch = (np.moveaxis(pixels, 3, 1) if first else pixels).astype(kind)
        parts = np.split(batch, len(batch)) if fixed else [batch]
        return np.concatenate([_run(path, session, output, {name: part}) for part in parts])

    declared = "bytes" if kind is np.uint8 else RANGES.get(facts.get("Image.NominalPixelRange", ""))
    return Classifier(ask, "ONNX", side, declared)


def _start(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise TouchstoneError(f"{path}: ONNX models need onnxruntime; pip install -e '.[onnx]'") from error
    if not path.is_file():
        raise ModelFileError(path, "there is no such file")
    if path.stat().st_size > MAX_BYTES:
        raise ModelFileError(path, f"it has more than {MAX_BYTES:,} bytes")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # Its warnings are about speed; errors are raised.
    try:
        # From its bytes, so that it can name no file outside of this folder.
        return onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has an exception for each of its codes, with no base of their own.
        raise ModelFileError(path, _first_line(error)) from error


def _require_rgb(path: Path, facts: Mapping[str, str]) -> None:
    order = facts.get("Image.BitmapPixelFormat", "Rgb8")
    if order != "Rgb8":
        raise ModelFileError(path, f"it takes pictures in {order}, not in Rgb8")


def _read_layout(path: Path, shape: Sequence[Any]) -> tuple[int | None, bool]:
    """Tell the side, None where any will do, and whether colours come first."""
    _, *places = shape
    first = places[0] == 3
    height, width = places[1:] if first else places[:2]
    if not (first or places[2] == 3) or (isinstance(height, int) and isinstance(width, int) and height != width):
        raise ModelFileError(path, f"it takes {list(shape)}, not square pictures in RGB: [n, 3, side, side]")
    return (height if isinstance(height, int) else None), first


def _choose_output(path: Path, given: Sequence[Any]) -> str:
    """Choose the output that can be scores: some exporters give the name of the class besides."""
    chosen = [each for each in given if each.type in TYPES and each.type != "tensor(uint8)"]
    if len(chosen) != 1:
        names = ", ".join(f"{each.name} {each.type}" for each in given)
        raise ModelFileError(path, f"it gives {names}, not one tensor of scores")
    return str(chosen[0].name)


def _run(path: Path, session: Any, output: str, batch: Mapping[str, Any]) -> Array:
    try:
        scores: Array = np.asarray(session.run([output], dict(batch))[0], dtype=np.float64)
    except Exception as error:
        raise ModelFileError(path, _first_line(error)) from error
    scores = scores.reshape(len(scores), -1) if scores.ndim else scores.reshape(1, 1)
    if scores.shape[1] not in (1, 2):
        raise ModelFileError(path, f"it gives {scores.shape[1]} outputs per picture, not one or two")
    return scores


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
