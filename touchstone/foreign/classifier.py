"""What a classifier of somebody else's takes and gives, whatever its format."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class Network(Protocol):
    """An opened file: float32 (n, side, side, 3) in RGB, of 0 to 255 or scaled, in; (n, 1) or (n, 2) out."""

    def __call__(self, pixels: NDArray[np.float32]) -> Array: ...


@dataclass(frozen=True, slots=True)
class Classifier:
    """A network with what its file says of it: its ``format``, the ``side`` of its pictures, None where any will do.

    ``pixels`` is the name in ``PIXELS`` of what it declares to take, None where it declares nothing. ``threshold`` is
    stored in it, if it is one of ours.
    """

    network: Network
    format: str
    side: int | None
    pixels: str | None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """How pixels of 0 to 255 become what a network takes: divided, less a mean, by a deviation; and in words."""

    words: str
    divisor: float
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        mean, deviation = np.array(self.mean, np.float32), np.array(self.deviation, np.float32)
        scaled: NDArray[np.float32] = (pixels.astype(np.float32) / np.float32(self.divisor) - mean) / deviation
        return scaled


#: What networks take, by name.
PIXELS = {
    "bytes": Scale("0 to 255", 1.0),
    "unit": Scale("0 to 1", 255.0),
    "symmetric": Scale("-1 to 1", 127.5, (1.0, 1.0, 1.0)),
    "imagenet": Scale("normalised as ImageNet's", 255.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip": Scale(
        "normalised as CLIP's", 255.0, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    ),
}
