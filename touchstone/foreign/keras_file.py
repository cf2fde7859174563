"""A .keras file of somebody else's, or a legacy .h5: loaded in safe mode, which runs no code that it brings along."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.saved_model import MAX_BYTES, load_network, stored_threshold
from pipeline.runtime.errors import ModelFileError
from touchstone.foreign.classifier import Array, ModelFacts, Network, ask_in_batches, choose_output

#: The first Keras whose safe mode holds for legacy files (CVE-2025-9905).
SAFE_LEGACY = (3, 11, 3)

#: What follows an input that is 0 to 1, or 0 to 255, multiplies it by a number between these, so that it spreads over
#: 0.5 to 20: a Normalization layer divides by the deviation of its pixels.
UNIT_FACTORS, BYTE_FACTORS = (1.5, 20.0), (0.5 / 255, 20.0 / 255)

#: From here on, a factor makes 0 to 255 of its input.
TO_BYTES = 100.0


def open_keras(path: Path, output: str | None) -> tuple[Network, ModelFacts]:
    """Open a .keras file from square pictures to one or two outputs.

    Raises:
        ModelFileError: it is no Keras model, or takes or gives something else.
        TouchstoneError: it cannot be told which of its outputs has the scores.
    """
    return _read(path, load_network(path), output, stored_threshold(path))


def open_legacy(path: Path, output: str | None) -> tuple[Network, ModelFacts]:
    """Open a model in Keras' format before .keras, HDF5, likewise.

    Raises:
        ModelFileError: as above, or it has layers in Python code, or the Keras that is installed cannot keep to safe
            mode here.
        TouchstoneError: it cannot be told which of its outputs has the scores.
    """
    import keras

    if not path.is_file():
        raise ModelFileError(path, "there is no such file")
    if path.stat().st_size > MAX_BYTES:
        raise ModelFileError(path, f"it has more than {MAX_BYTES:,} bytes")
    convert = "if you trust it, convert it: keras.models.load_model('OLD.h5').save('NEW.keras')"
    if tuple(int(part) for part in keras.__version__.split(".")[:3] if part.isdigit()) < SAFE_LEGACY:
        raise ModelFileError(path, f"Keras {keras.__version__} runs code that such a file brings along; {convert}")
    _refuse_links(path)
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # As in ``load_network``: of every kind, and documented nowhere.
        problem = (str(error).splitlines() or [type(error).__name__])[0].split(". ")[0][:200]
        raise ModelFileError(path, f"{problem}; {convert}") from error
    return _read(path, model, output, None)


def _refuse_links(path: Path) -> None:
    """Refuse an HDF5 file whose parts lie in other files: that could be any that can be read here."""
    import h5py  # type: ignore[import-untyped]

    def look(name: str, link: Any) -> str | None:
        if isinstance(link, h5py.ExternalLink):
            return name
        item = file.get(name)
        return name if isinstance(item, h5py.Dataset) and (item.external or item.is_virtual) else None

    try:
        with h5py.File(path, "r") as file:
            outside = file.visititems_links(look)
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise ModelFileError(path, f"not an HDF5 file that can be read: {str(error).splitlines()[0][:120]}") from error
    if outside is not None:
        raise ModelFileError(path, f"its part {str(outside)[:80]!r} lies in another file")


def _read(path: Path, model: Any, output: str | None, threshold: float | None) -> tuple[Network, ModelFacts]:
    batch, side, first = _read_layout(path, getattr(model, "input_shape", None))
    outputs = _outputs(path, model)
    widths = {name: _width(tensor.shape) for name, tensor in outputs.items()}
    chosen = choose_output(path, widths, output)
    if len(outputs) > 1:
        import keras

        asked = keras.Model(model.inputs, outputs[chosen])
    else:
        asked = model

    def run(pixels: NDArray[Any]) -> NDArray[Any]:
        try:
            return np.asarray(asked.predict_on_batch(pixels))
        except Exception as error:  # TensorFlow's errors of running have no common base.
            raise ModelFileError(path, (str(error).splitlines() or [type(error).__name__])[0][:200]) from error

    def ask(pixels: NDArray[np.float32]) -> Array:
        return ask_in_batches(run, np.moveaxis(pixels, 3, 1) if first else pixels, batch, path)

    named = chosen if len(outputs) > 1 else None
    # Ours take 0 to 255, whether a layer says so or not.
    pixels = "bytes" if threshold is not None else declare_pixels(model)
    return ask, ModelFacts("Keras", side, pixels, output=named, threshold=threshold)


def _read_layout(path: Path, shape: Any) -> tuple[int | None, int | None, bool]:
    """Return the size of batches and the side of pictures, None where any will do, and whether colours come first."""
    match shape:
        case (batch, height, width, 3) if height == width:
            return batch, height, False
        case (batch, 3, height, width) if height == width:
            return batch, height, True
    raise ModelFileError(path, f"it takes {shape}, not square pictures in RGB: (None, side, side, 3)")


def _outputs(path: Path, model: Any) -> dict[str, Any]:
    """List what a model gives by name."""
    try:
        given, names = model.output, model.output_names
    except (AttributeError, ValueError):
        try:
            given, names = model.outputs, [layer.name for layer in model.layers[-1:]]
        except (AttributeError, ValueError) as error:
            raise ModelFileError(path, "it does not say what it gives: it is no Functional model") from error
    if isinstance(given, dict):
        return {str(name): tensor for name, tensor in given.items()}
    tensors = list(given) if isinstance(given, list | tuple) else [given]
    if len(names) != len(tensors):
        names = [f"output_{number}" for number in range(len(tensors))]
    return dict(zip(map(str, names), tensors, strict=True))


def _width(shape: tuple[Any, ...]) -> int | None:
    rest = shape[1:]
    return None if any(length is None for length in rest) else prod(rest)


def declare_pixels(model: Any) -> str | None:
    """Return from the layers before the first with weights what pixels a model takes: a name of ``PIXELS``, or None.

    A layer that multiplies by about 1/255, or by the inverse deviation of pixels of 0 to 255, declares those; one that
    was fitted to 0 to 1 declares that, and one that changes nothing declares nothing.
    """
    for layer in _layers(model):
        match type(layer).__name__:
            case "Rescaling":
                factor = _number(layer.scale)
                zero = -_number(layer.offset) / factor if factor else 0.0
            case "Normalization" if not layer.invert:
                deviation = np.sqrt(np.asarray(layer.variance, dtype=np.float64).mean())
                factor, zero = 1 / deviation if deviation else 0.0, _number(layer.mean)
            case "BatchNormalization":
                deviation = np.sqrt(np.asarray(layer.moving_variance, dtype=np.float64).mean())
                factor, zero = 1 / deviation if deviation else 0.0, _number(layer.moving_mean)
                return _name_input(factor, zero)
            case _ if layer.count_params():
                return None
            case _:
                continue
        if (factor, zero) != (1.0, 0.0):
            return _name_input(factor, zero)
    return None


def _name_input(factor: float, zero: float) -> str | None:
    """Name what is multiplied by ``factor`` after ``zero`` was taken away."""
    if factor >= TO_BYTES:
        return "symmetric" if zero < -0.5 else "unit"
    if BYTE_FACTORS[0] <= factor <= BYTE_FACTORS[1]:
        return "bytes"
    # What lies around 0 may be -1 to 1, or normalised already.
    return "unit" if UNIT_FACTORS[0] <= factor <= UNIT_FACTORS[1] and 0.15 < zero < 0.85 else None


def _number(value: Any) -> float:
    return float(np.asarray(value, dtype=np.float64).mean())


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _layers(layer)
        else:
            yield layer
