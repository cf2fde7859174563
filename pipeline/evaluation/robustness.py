"""How a detector bears what befalls pictures on the web: every test picture, damaged in every way, judged again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.evaluation.damages import DAMAGES
from pipeline.evaluation.metrics import call, wilson
from pipeline.evaluation.placebo import PATHS, PlaceboResult, choose_paths, store_like
from pipeline.models.saved_model import Scores, predict_scores, side_of
from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.records.shards import read_shard, shard_paths
from pipeline.resizing.resize_settings import Resize
from pipeline.resizing.square_pixels import to_pixels
from pipeline.runtime.array_types import Pixels
from pipeline.runtime.paths import Paths
from pipeline.runtime.work import map_pieces
from pipeline.sampling.draws import draw
from pipeline.storage.labels import Label

if TYPE_CHECKING:
    from pipeline.config.params import Params


Labels = NDArray[np.int8]
Verdicts = NDArray[np.bool_]

#: How many pictures are made of each.
VARIANTS = len(DAMAGES) + len(PATHS)

#: Pictures handed from process to process at once: with 20 damages at 64x64 pixels, 31 MB.
PIECE = 128


@dataclass(frozen=True, slots=True)
class RobustnessPiece:
    """Some rows of one shard, by rank, to be damaged and made square, each with the paths of its placebos."""

    shard: Path
    paths: Mapping[int, tuple[PlaceboResult, ...]]
    settings: Resize
    size: int
    max_pixels: int


def damage_pictures(piece: RobustnessPiece) -> tuple[list[int], Pixels]:
    """Damage the pictures of a piece in every way: their ranks, and uint8 (n, VARIANTS, size, size, 3)."""
    shard = _open_shard(piece.shard)
    rows = np.flatnonzero(np.isin(shard["rank"].to_numpy(), list(piece.paths)))
    pixels = np.empty((len(rows), VARIANTS, piece.size, piece.size, 3), dtype=np.uint8)
    taken = shard.take(pa.array(rows)).to_pylist()
    for number, row in enumerate(taken):
        picture = to_rgb(open_picture(row["image"]["bytes"], piece.max_pixels))
        damaged = [
            *(damage(picture, _seed(piece, row["rank"], name)) for name, damage in DAMAGES.items()),
            *(store_like(picture, path) for path in piece.paths[row["rank"]]),
        ]
        pixels[number] = [to_pixels(each, piece.size, piece.settings) for each in damaged]
    return [row["rank"] for row in taken], pixels


@lru_cache(maxsize=1)
def _open_shard(path: Path) -> pa.Table:
    """Read a shard once for all of its pieces that come to a process: they come in the order of the shards."""
    return read_shard(path, ["rank", "image"])


def _seed(piece: RobustnessPiece, rank: int, name: str) -> int:
    return int(draw(piece.shard.parent.name, rank, name) * 2**32)


def score_damaged(model: Any, paths: Paths, tested: pd.DataFrame, params: Params) -> Scores:
    """Score test pictures under all ``DAMAGES`` and after both ``PATHS`` of the placebo: float32 (n, VARIANTS).

    The rows have ``source``, ``rank`` and ``label``, and how each file is stored (``STORED``).
    """
    size = side_of(model)
    place = {key: number for number, key in enumerate(zip(tested["source"], tested["rank"], strict=True))}
    scores = np.full((len(tested), VARIANTS), np.nan, dtype=np.float32)
    pieces = list(_cut(paths, tested, params, size))
    for piece, (ranks, pixels) in zip(pieces, map_pieces(damage_pictures, pieces), strict=True):
        flat = predict_scores(model, pixels.reshape(-1, size, size, 3))
        source = piece.shard.parent.name
        scores[[place[source, rank] for rank in ranks]] = flat.reshape(len(ranks), -1)
    return scores


def _cut(paths: Paths, tested: pd.DataFrame, params: Params, size: int) -> Iterator[RobustnessPiece]:
    chosen = pd.Series(choose_paths(tested, params.seed), index=tested.index)
    for source, rows in tested.groupby("source"):
        mine = dict(zip(rows["rank"], chosen[rows.index], strict=True))
        for shard in shard_paths(paths.collected(str(source))):
            here = [rank for rank in read_shard(shard, ["rank"])["rank"].to_pylist() if rank in mine]
            for start in range(0, len(here), PIECE):
                taken = {rank: mine[rank] for rank in here[start : start + PIECE]}
                yield RobustnessPiece(shard, taken, params.resize, size, params.screen.max_pixels)


def measure_robustness(
    labels: Labels, clean: Scores, damaged: Scores, threshold: float
) -> dict[str, dict[str, float]]:
    """Measure each damage at one threshold, frozen beforehand, beside ``clean``: scores (n,) and (n, damages)."""
    fake, called = labels == Label.FAKE, call(damaged, threshold) == Label.FAKE
    verdicts = {"clean": call(clean, threshold) == Label.FAKE, **dict(zip(DAMAGES, called.T, strict=True))}
    return {name: _measure(fake, verdict, verdicts["clean"]) for name, verdict in verdicts.items()}


def _measure(fake: Verdicts, called: Verdicts, clean: Verdicts) -> dict[str, float]:
    right = int((called == fake).sum())
    low, high = wilson(right, len(fake))
    return {
        "accuracy": right / len(fake),
        "accuracy_low": low,
        "accuracy_high": high,
        "accuracy_change": (right - int((clean == fake).sum())) / len(fake),
        "recall": float(called[fake].mean()),
        "false_positive_rate": float(called[~fake].mean()),
    }
