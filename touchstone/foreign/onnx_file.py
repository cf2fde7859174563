"""An ONNX file, asked by onnxruntime on the processor."""

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.saved_model import MAX_BYTES
from pipeline.runtime.errors import ModelFileError, TouchstoneError
from touchstone.foreign.classifier import Array, Channels, ModelFacts, Network, ask_in_batches, choose_output

#: What the tensors of pictures may be made of.
TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}

#: What a file may declare of its pixels (https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md).
RANGES = {"NominalRange_0_255": "bytes", "Normalized_0_1": "unit", "Normalized_1_1": "symmetric"}
ORDERS: dict[str, Channels] = {"Rgb8": "rgb", "Bgr8": "bgr"}


def start_onnx() -> None:
    """Import onnxruntime.

    Raises:
        TouchstoneError: it is not installed.
    """
    try:
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise TouchstoneError("ONNX models need onnxruntime; pip install -e '.[onnx]'") from error


def open_onnx(path: Path, output: str | None) -> tuple[Network, ModelFacts]:
    """Open an ONNX model from square pictures, in either layout, to one or two outputs.

    Raises:
        ModelFileError: it is no ONNX model, or takes or gives something else.
        TouchstoneError: it cannot be told which of its outputs has the scores.
    """
    session = _start(path)
    taken, given = session.get_inputs(), session.get_outputs()
    if len(taken) != 1 or taken[0].type not in TYPES or len(taken[0].shape) != 4:
        shapes = ", ".join(f"{each.type}{each.shape}" for each in taken)
        raise ModelFileError(path, f"it takes {shapes}, not one batch of pictures")
    declared = session.get_modelmeta().custom_metadata_map
    side, first = _read_layout(path, taken[0].shape)
    kind, fixed, name = TYPES[taken[0].type], taken[0].shape[0], taken[0].name
    # Some exporters give the name of the class besides, and its number.
    widths = {each.name: _width(each.shape) for each in given if each.type in TYPES and each.type != "tensor(uint8)"}
    chosen = choose_output(path, widths, output)

    def run(pixels: NDArray[Any]) -> NDArray[Any]:
        try:
            return np.asarray(session.run([chosen], {name: pixels})[0])
        except Exception as error:
            raise ModelFileError(path, _first_line(error)) from error

    def ask(pixels: NDArray[np.float32]) -> Array:
        ordered = np.moveaxis(pixels, 3, 1) if first else pixels
        return ask_in_batches(run, ordered.astype(kind), fixed if isinstance(fixed, int) else None, path)

    whole = kind is np.uint8
    pixels = "bytes" if whole else RANGES.get(declared.get("Image.NominalPixelRange", ""))
    named = chosen if len(given) > 1 else None
    return ask, ModelFacts("ONNX", side, pixels, _read_order(path, declared), whole, named)


def _start(path: Path) -> Any:
    import onnxruntime

    if not path.is_file():
        raise ModelFileError(path, "there is no such file")
    if path.stat().st_size > MAX_BYTES:
        raise ModelFileError(path, f"it has more than {MAX_BYTES:,} bytes")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # Its warnings are about speed; errors are raised.
    try:
        # By its path: then onnxruntime refuses data outside of the model's own folder. From bytes, it would take what
        # lies in the working folder.
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has an exception for each of its codes, with no base of their own.
        raise ModelFileError(path, _first_line(error)) from error


def _read_order(path: Path, declared: Mapping[str, str]) -> Channels | None:
    order = declared.get("Image.BitmapPixelFormat")
    if order is not None and order not in ORDERS:
        raise ModelFileError(path, f"it takes pictures in {order[:40]}, not in {' or '.join(ORDERS)}")
    return ORDERS[order] if order else None


def _read_layout(path: Path, shape: Sequence[Any]) -> tuple[int | None, bool]:
    """Return the side, None where any will do, and whether colours come first."""
    _, *places = shape
    first = places[0] == 3
    height, width = places[1:] if first else places[:2]
    if not (first or places[2] == 3) or (isinstance(height, int) and isinstance(width, int) and height != width):
        raise ModelFileError(path, f"it takes {list(shape)}, not square pictures in RGB: [n, 3, side, side]")
    return next((length for length in (height, width) if isinstance(length, int)), None), first


def _width(shape: Sequence[Any] | None) -> int | None:
    """Return how many numbers an output has per picture; None where its shape leaves that open."""
    rest = list(shape or [None, None])[1:]
    return prod(rest) if all(isinstance(length, int) for length in rest) else None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
