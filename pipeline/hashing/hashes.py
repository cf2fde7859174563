"""Perceptual hashes of many pictures at once, bit for bit those of imagehash under the same names (64 bits each).

imagehash works picture by picture; here every step is done for a whole batch, by the same libraries.
``check_definitions`` compares with imagehash itself, so that a change of its definitions cannot pass unseen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import chain, groupby

import imagehash
import numpy as np
import scipy.fftpack
from numpy.typing import NDArray
from PIL import Image

from pipeline.hashing.haar import above_median, find_light_blocks
from pipeline.pictures.batched_resize import group_alike, resize_alike, stack_some
from pipeline.runtime.array_types import Hashes, Pixels

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
    """Some pictures in grey at the sizes that the hashes start from, uint8: (n, 32, 32), (n, 8, 9), (n, 8, 8) and
    (n, 2^k, 2^k)."""

    phash: Pixels
    dhash: Pixels
    average_hash: Pixels
    whash: Pixels


def hash_batch(pictures: Sequence[Pixels]) -> dict[str, Hashes]:
    """Hash some RGB pictures, uint8 (height, width, 3), as ``hash_grey`` does."""
    return hash_grey([np.asarray(Image.fromarray(picture).convert("L")) for picture in pictures])


def hash_grey(pictures: Sequence[Pixels]) -> dict[str, Hashes]:
    """Hash some grey pictures, uint8 (height, width): for each name in DEFINITIONS an array of 64-bit numbers, (n,).

    Pictures of one size are shrunk together, and all of one scale transformed together.
    """
    hashes = {name: np.empty(len(pictures), dtype=np.uint64) for name in DEFINITIONS}
    groups = sorted(group_alike(pictures).items(), key=_scale_of)
    for scale, some in groupby(groups, key=_scale_of):
        same_scale = [numbers for _, numbers in some]
        reduced = _join([_reduce(stack_some(pictures, numbers), scale) for numbers in same_scale])
        for name, values in _hash_reduced(reduced).items():
            hashes[name][list(chain.from_iterable(same_scale))] = values
    return hashes


def hash_turned(picture: Pixels) -> dict[str, Hashes]:
    """Hash one grey picture mirrored and turned by quarters, in the seven ways that differ from its own: (7,)."""
    return hash_grey([np.asarray(Image.fromarray(picture).transpose(turn)) for turn in Image.Transpose])


def _scale_of(group: tuple[tuple[int, ...], list[int]]) -> int:
    shape, _ = group
    return max(1 << int(np.log2(min(shape))), SIDE)


def _reduce(grey: Pixels, scale: int) -> Reduced:
    """Shrink grey pictures of one size, (n, height, width), as imagehash does before each hash."""
    return Reduced(
        resize_alike(grey, (PHASH_SIDE, PHASH_SIDE), Image.Resampling.LANCZOS),
        resize_alike(grey, (SIDE + 1, SIDE), Image.Resampling.LANCZOS),
        resize_alike(grey, (SIDE, SIDE), Image.Resampling.LANCZOS),
        resize_alike(grey, (scale, scale), Image.Resampling.LANCZOS),
    )


def _join(parts: Sequence[Reduced]) -> Reduced:
    return Reduced(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Reduced)))


def _hash_reduced(pictures: Reduced) -> dict[str, Hashes]:
    small, average = pictures.dhash, pictures.average_hash
    return {
        "phash": _phash(pictures.phash),
        "dhash": _pack(small[:, :, 1:] > small[:, :, :-1]),
        "average_hash": _pack(average > average.mean(axis=(1, 2), keepdims=True)),
        "whash": _pack(find_light_blocks(pictures.whash, SIDE)),
    }


def _phash(pixels: Pixels) -> Hashes:
    frequencies = scipy.fftpack.dct(scipy.fftpack.dct(pixels, axis=1)[:, :SIDE], axis=2)
    return _pack(above_median(frequencies[:, :, :SIDE]))


def _pack(bits: NDArray[np.bool_]) -> Hashes:
    # The same 64 bits as str(ImageHash), read as one number.
    return np.packbits(bits.reshape(len(bits), SIDE * SIDE), axis=1).view(">u8")[:, 0].astype(np.uint64)


def check_definitions(picture: Image.Image) -> None:
    """Compare the hashes of one picture with imagehash's own.

    Raises:
        RuntimeError: they differ: the installed imagehash defines a hash in another way.
    """
    own = hash_grey([np.asarray(picture.convert("L"))])
    for name, definition in DEFINITIONS.items():
        if f"{own[name][0]:016x}" != str(definition(picture)):
            version = imagehash.__version__
            raise RuntimeError(
                f"imagehash {version} computes {name} differently; hashes on file could not be compared"
            )
