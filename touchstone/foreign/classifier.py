"""What a classifier of somebody else's takes and gives, whatever its format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.runtime.errors import ModelFileError, TouchstoneError

Array = NDArray[np.floating[Any]]

Channels = Literal["rgb", "bgr"]


class Network(Protocol):
    """An opened file: float32 (n, side, side, 3), scaled and in the order of its colours, in; (n, 1) or (n, 2) out."""

    def __call__(self, pixels: NDArray[np.float32]) -> Array: ...


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a file says of itself: its ``format``, the ``side`` of its pictures, None where any will do.

    ``pixels`` is the name in ``PIXELS`` of what it declares to take, and ``channels`` the order of colours, each None
    where it declares nothing; where it takes ``whole`` numbers, no other scale can be tried. ``output`` is the name of
    the output that is read, where it has further ones. ``threshold`` is stored in it, if it is one of ours.
    """

    format: str
    side: int | None
    pixels: str | None
    channels: Channels | None = None
    whole: bool = False
    output: str | None = None
    threshold: float | None = None

    @property
    def is_ours(self) -> bool:
        """Return whether our training wrote the file: then all is known of it."""
        return self.threshold is not None


@dataclass(frozen=True, slots=True)
class Scale:
    """How pixels of 0 to 255 become what a network takes: divided, less a mean, by a deviation; and in words.

    ``channels`` is the order of colours that goes with it, and that of ``mean`` and ``deviation``.
    """

    words: str
    divisor: float
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)
    channels: Channels = "rgb"

    def __call__(self, pixels: NDArray[np.uint8], channels: Channels) -> NDArray[np.float32]:
        """Scale pictures in RGB, uint8 (n, side, side, 3), and put their colours in order."""
        mean, deviation = np.array(self.mean, np.float32), np.array(self.deviation, np.float32)
        ordered = pixels[..., ::-1] if channels == "bgr" else pixels
        scaled: NDArray[np.float32] = (ordered.astype(np.float32) / np.float32(self.divisor) - mean) / deviation
        return scaled


#: What networks take, by name. Keras' modes of ``preprocess_input`` are ``symmetric`` (its tf), ``imagenet`` (torch)
#: and ``caffe`` (https://github.com/keras-team/keras/blob/master/keras/src/applications/imagenet_utils.py).
PIXELS = {
    "bytes": Scale("0 to 255", 1.0),
    "unit": Scale("0 to 1", 255.0),
    "symmetric": Scale("-1 to 1", 127.5, (1.0, 1.0, 1.0)),
    "imagenet": Scale("normalised as ImageNet's", 255.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip": Scale(
        "normalised as CLIP's", 255.0, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    ),
    "caffe": Scale("0 to 255 less ImageNet's mean", 1.0, (103.939, 116.779, 123.68), channels="bgr"),
}

#: Keras' own names for some of them.
KERAS_MODES = {"tf": "symmetric", "torch": "imagenet"}


def choose_output(path: Path, widths: Mapping[str, int | None], wanted: str | None) -> str:
    """Choose the output with the scores, of all that could be: by name, with scores per picture, None if not told.

    Raises:
        ModelFileError: none can be.
        TouchstoneError: several can be, or there is none of the name that is ``wanted``.
    """
    shown = ", ".join(f"{name} ({'?' if width is None else width} a picture)" for name, width in widths.items())
    if wanted is not None:
        if wanted not in widths:
            raise TouchstoneError(f"--output {wanted}: {path} has no output of this name; it gives {shown}")
        if widths[wanted] not in (None, 1, 2):
            raise TouchstoneError(f"--output {wanted}: it gives {widths[wanted]} outputs per picture, not one or two")
        return wanted
    known = [name for name, width in widths.items() if width in (1, 2)]
    fitting = known or [name for name, width in widths.items() if width is None]
    if not fitting:
        raise ModelFileError(path, f"it gives {shown or 'no numbers'}, not one or two outputs per picture")
    if len(fitting) > 1:
        raise TouchstoneError(f"{path}: it gives {shown}: say with --output NAME which are the scores")
    return fitting[0]


def ask_in_batches(
    ask: Callable[[NDArray[Any]], NDArray[Any]], pixels: NDArray[Any], fixed: int | None, path: Path
) -> Array:
    """Ask a network that may take batches of a ``fixed`` size only: the last is filled up with its last picture.

    Raises:
        ModelFileError: it does not give one or two numbers for each picture.
    """
    size = fixed or len(pixels)
    found = []
    for start in range(0, len(pixels), size):
        batch = pixels[start : start + size]
        missing = size - len(batch)
        padded = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)]) if missing else batch
        found.append(_check_rows(path, np.asarray(ask(padded), dtype=np.float64), size)[: len(batch)])
    return np.concatenate(found)


def _check_rows(path: Path, scores: Array, pictures: int) -> Array:
    rows = scores.shape[0] if scores.ndim else 1
    if rows != pictures:
        raise ModelFileError(path, f"it gives {rows} rows of outputs for {pictures} pictures")
    scores = scores.reshape(pictures, -1)
    if scores.shape[1] not in (1, 2):
        raise ModelFileError(path, f"it gives {scores.shape[1]} outputs per picture, not one or two")
    return scores
