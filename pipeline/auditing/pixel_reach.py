"""Can how a file was made still be seen in the pixels that a detector gets?

Asked by an experiment, since in the data the answer cannot be told from the label: of each class, pictures are taken
twice, as they are, and remade as files of the other class are. Both go the way of all pictures, ``equalise`` and
resizing included, and boosted trees on simple traits of the pixels are to say which is which. On both sides stand the
same pictures of one class, so neither what they show nor where they come from can give the answer: 0.5 says that the
traits see nothing of the file's history. A network may see more than they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from pipeline.auditing.advice import Pathway
from pipeline.auditing.attribute_scores import UNKNOWN, AttributeScore, Folds
from pipeline.auditing.attributes import KEY
from pipeline.auditing.boosting import tell_by_features
from pipeline.auditing.pixel_probes import high_pass_energy, jpeg_grid, mean_colour, radial_spectrum
from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.records.shards import read_shard, shard_paths
from pipeline.resizing.square_pixels import compress, to_pixels
from pipeline.runtime.paths import Paths
from pipeline.runtime.work import map_pieces
from pipeline.storage.labels import Label

if TYPE_CHECKING:
    from pipeline.config.params import Params


#: So many pictures of a class are remade: the interval is then 0.09 wide.
REMADE = 300

#: About so many pixels are a piece of work.
PIECE_PIXELS = 32_000_000

#: Which of a picture's two rows is which.
REMADE_OR_NOT = np.array([0, 1], dtype=np.int8)

#: The traits that change with a file's history.
TRAITS = (mean_colour, high_pass_energy, jpeg_grid, radial_spectrum)

#: What Pillow writes when it is not told; no file says what it was.
QUALITIES = {"WEBP": 80, "AVIF": 75}

#: Which of Pillow's modes a picture is put into and taken out of again; of the rest, all are RGB with something added.
NARROW = {"1": "1", "L": "L", "LA": "L", "P": "P", "PA": "P", "CMYK": "CMYK", "I;16": "L", "I": "L", "F": "L"}

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Remaking:
    """Some pictures, and what each is to be made like: the attributes of a file of the other class."""

    files: list[bytes]
    like: list[dict[str, Any]]
    pathway: Pathway
    size: int
    params: Params


def measure_reach(
    paths: Paths, sample: pd.DataFrame, folds: Folds, work: tuple[Pathway, int, Params]
) -> AttributeScore:
    """Measure how well the pixels tell remade pictures from others: of the two classes, the one that is told better.

    Args:
        paths: of the project, for the original files.
        sample: pictures in the order of chance, with their attributes and ``label``.
        folds: theirs.
        work: the pathway to take, the size of the squares, and the params.
    """
    chosen = {label: np.flatnonzero(sample["label"] == label)[:REMADE] for label in Label}
    if not all(len(rows) for rows in chosen.values()):
        return UNKNOWN
    real, fake = (sample.iloc[rows] for rows in chosen.values())
    like = [*_pair_off(fake, len(real)), *_pair_off(real, len(fake))]
    features = np.concatenate(list(map_pieces(remake_some, _cut(paths, pd.concat([real, fake]), like, work))))
    tells = []
    for rows, theirs in zip(chosen.values(), np.split(features, [2 * len(real)]), strict=True):
        # Of each picture two rows stand together, in one fold.
        tells.append(tell_by_features(theirs, np.tile(REMADE_OR_NOT, len(rows)), folds[rows].repeat(2)))
    return max(tells, key=lambda tell: tell.high)


def _pair_off(others: pd.DataFrame, count: int) -> list[dict[str, Any]]:
    """Return each of so many pictures one of the other class to be made like."""
    like: Any = others.iloc[np.arange(count) % len(others)].to_dict("records")
    return list(like)


def _cut(
    paths: Paths, pictures: pd.DataFrame, like: list[dict[str, Any]], work: tuple[Pathway, int, Params]
) -> list[Remaking]:
    """Cut the work into pieces of about equal size: small pictures are done before another process has started."""
    files = _read_files(paths, pictures)
    areas = pictures["width"].to_numpy(np.int64) * pictures["height"].to_numpy(np.int64)
    piece = np.cumsum(areas) // PIECE_PIXELS
    starts = [*np.flatnonzero(np.diff(piece, prepend=-1)).tolist(), len(files)]
    return [Remaking(files[a:b], like[a:b], *work) for a, b in pairwise(starts)]


def remake_some(piece: Remaking) -> Features:
    """Measure the traits of pictures as they are and remade, in turn: (2 * pictures, traits)."""
    pixels = []
    for data, like in zip(piece.files, piece.like, strict=True):
        for picture in (_decode(data, piece.params), remake(data, piece.pathway, like, piece.params)):
            pixels.append(to_pixels(picture, piece.size, piece.params.resize))
    stack = np.stack(pixels)
    return np.concatenate([trait(stack) for trait in TRAITS], axis=1)


def remake(data: bytes, pathway: Pathway, like: dict[str, Any], params: Params) -> Image.Image:
    """Decode a picture as if its file had been made like another, in what the pathway is about."""
    if pathway == "colour":
        return _recolour(data, like["mode"], params)
    picture = _decode(data, params)
    if pathway == "sampling":
        scale = np.sqrt(like["width"] * like["height"] / (picture.width * picture.height))
        width, height = (max(1, round(side * scale)) for side in picture.size)
        return picture.resize((width, height), Image.Resampling.LANCZOS)
    if like["format"] == "JPEG":
        sampling = like["jpeg_subsampling"]
        return compress(picture, "JPEG", int(like["jpeg_quality"]), sampling if isinstance(sampling, str) else "4:2:0")
    quality = QUALITIES.get(like["format"])
    return picture if quality is None else compress(picture, like["format"], quality)


def _recolour(data: bytes, mode: str, params: Params) -> Image.Image:
    """Take a picture's numbers as they stand, without its profile and its transparency, and through another mode."""
    image = open_picture(data, params.screen.max_pixels)
    image.load()
    for key in ("icc_profile", "transparency"):
        image.info.pop(key, None)
    if image.mode in ("RGBA", "LA"):
        image = image.convert(image.mode.removesuffix("A"))
    picture = to_rgb(image)
    return picture.convert(NARROW[mode]).convert("RGB") if mode in NARROW else picture


def _decode(data: bytes, params: Params) -> Image.Image:
    return to_rgb(open_picture(data, params.screen.max_pixels))


def _read_files(paths: Paths, pictures: pd.DataFrame) -> list[bytes]:
    """Read the original bytes of pictures, in their order."""
    wanted = set(zip(pictures["source"], pictures["rank"], strict=True))
    files: dict[Any, bytes] = {}
    for source in sorted(pictures["source"].unique()):
        for shard in shard_paths(paths.collected(source)):
            keys: Sequence[Any] = read_shard(shard, KEY).to_pylist()
            rows = [n for n, key in enumerate(keys) if (key["source"], key["rank"]) in wanted]
            if rows:
                images = read_shard(shard, ["image"])["image"].take(rows).to_pylist()
                files |= {(source, keys[n]["rank"]): image["bytes"] for n, image in zip(rows, images, strict=True)}
    return [files[key] for key in zip(pictures["source"], pictures["rank"], strict=True)]
