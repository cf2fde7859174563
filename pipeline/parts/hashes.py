"""Perceptual hashes of many pictures at once, bit for bit those of imagehash under the same names (64 bits each).

imagehash works picture by picture; here only Pillow's steps are done so, and the transforms for a whole batch.
``check_definitions`` compares with imagehash itself, so that a change of its definitions cannot pass unseen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import imagehash
import numpy as np
import pywt
import scipy.fftpack
from numpy.typing import NDArray
from PIL import Image

from pipeline.parts.near_duplicates import Hashes
from pipeline.parts.pictures import Pixels

SIDE = 8
PHASH_SIDE = 32

#: imagehash's own functions, by the names under which hashes are kept.
DEFINITIONS: dict[str, Callable[[Image.Image], imagehash.ImageHash]] = {
    "phash": imagehash.phash,
    "dhash": imagehash.dhash,
    "average_hash": imagehash.average_hash,
    "whash": imagehash.whash,
}


@dataclass(frozen=True, slots=True)
class Reduced:
    """One picture in grey at the sizes that the hashes start from: (32, 32), (8, 9), (8, 8) and (2^k, 2^k), uint8."""

    phash: Pixels
    dhash: Pixels
    average_hash: Pixels
    whash: Pixels


def reduce(grey: Image.Image) -> Reduced:
    """Shrink one picture of mode L with Pillow's Lanczos, as imagehash does before each hash."""
    scale = max(2 ** int(np.log2(min(grey.size))), SIDE)
    return Reduced(
        _resize(grey, PHASH_SIDE, PHASH_SIDE),
        _resize(grey, SIDE + 1, SIDE),
        _resize(grey, SIDE, SIDE),
        _resize(grey, scale, scale),
    )


def _resize(grey: Image.Image, width: int, height: int) -> Pixels:
    return np.asarray(grey.resize((width, height), Image.Resampling.LANCZOS))


def hash_batch(pictures: Sequence[Reduced]) -> dict[str, Hashes]:
    """Hash some pictures: for each name in DEFINITIONS an array of 64-bit numbers, (pictures,)."""
    small = np.stack([picture.dhash for picture in pictures])
    average = np.stack([picture.average_hash for picture in pictures])
    return {
        "phash": _phash(np.stack([picture.phash for picture in pictures])),
        "dhash": _pack(small[:, :, 1:] > small[:, :, :-1]),
        "average_hash": _pack(average > average.mean(axis=(1, 2), keepdims=True)),
        "whash": _whash([picture.whash for picture in pictures]),
    }


def hash_turned(grey: Image.Image) -> dict[str, Hashes]:
    """Hash one picture of mode L mirrored and turned by quarters, in the seven ways that differ from its own: (7,)."""
    return hash_batch([reduce(grey.transpose(turn)) for turn in Image.Transpose])


def _phash(pixels: Pixels) -> Hashes:
    frequencies = scipy.fftpack.dct(scipy.fftpack.dct(pixels, axis=1), axis=2)
    return _pack(_above_median(frequencies[:, :SIDE, :SIDE]))


def _whash(pictures: Sequence[Pixels]) -> Hashes:
    hashes = np.empty(len(pictures), dtype=np.uint64)
    scales = np.array([len(picture) for picture in pictures])
    for scale in np.unique(scales):
        here = np.flatnonzero(scales == scale)
        pixels = np.stack([pictures[i] for i in here.tolist()]) / 255.0
        levels = int(np.log2(scale))
        # Without the lowest frequency, which is the mean of the whole picture.
        bands = pywt.wavedec2(pixels, "haar", level=levels, axes=(1, 2))
        bands[0] = bands[0] * 0
        pixels = pywt.waverec2(bands, "haar", axes=(1, 2))
        low = pywt.wavedec2(pixels, "haar", level=levels - int(np.log2(SIDE)), axes=(1, 2))[0]
        hashes[here] = _pack(_above_median(low))
    return hashes


def _above_median(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    above: NDArray[np.bool_] = values > np.median(values.reshape(len(values), -1), axis=1)[:, None, None]
    return above


def _pack(bits: NDArray[np.bool_]) -> Hashes:
    # The same 64 bits as str(ImageHash), read as one number.
    return np.packbits(bits.reshape(len(bits), SIDE * SIDE), axis=1).view(">u8")[:, 0].astype(np.uint64)


def check_definitions(picture: Image.Image) -> None:
    """Compare the hashes of one picture with imagehash's own.

    Raises:
        RuntimeError: they differ: the installed imagehash defines a hash in another way.
    """
    own = hash_batch([reduce(picture.convert("L"))])
    for name, definition in DEFINITIONS.items():
        if f"{own[name][0]:016x}" != str(definition(picture)):
            version = imagehash.__version__
            raise RuntimeError(
                f"imagehash {version} computes {name} differently; hashes on file could not be compared"
            )
