"""How a detector bears what befalls pictures on the web: every test picture, damaged in every way, judged again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.evaluation.damages import DAMAGES
from pipeline.evaluation.figures import wilson
from pipeline.models.saved import Scores, predict_scores
from pipeline.parts.draws import draw
from pipeline.parts.labels import Label
from pipeline.parts.params import Resize
from pipeline.parts.paths import Paths
from pipeline.parts.pictures import Pixels, open_picture, to_pixels, to_rgb
from pipeline.parts.shards import read_shard, shard_paths
from pipeline.parts.work import map_pieces

#: Pictures handed from process to process at once: with 20 damages at 64x64 pixels, 31 MB.
PIECE = 128


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one shard, by ``rank``, to be damaged and made square."""

    shard: Path
    ranks: Sequence[int]
    settings: Resize
    size: int
    max_pixels: int


def damage_pictures(piece: Piece) -> tuple[list[int], Pixels]:
    """Damage the pictures of a piece in every way: their ranks, and uint8 (n, damages, size, size, 3)."""
    table = read_shard(piece.shard, ["rank", "image"])
    rows = np.flatnonzero(np.isin(table["rank"].to_numpy(), piece.ranks))
    pixels = np.empty((len(rows), len(DAMAGES), piece.size, piece.size, 3), dtype=np.uint8)
    taken = table.take(pa.array(rows)).to_pylist()
    for number, row in enumerate(taken):
        picture = to_rgb(open_picture(row["image"]["bytes"], piece.max_pixels))
        for place, (name, damage) in enumerate(DAMAGES.items()):
            seed = int(draw(piece.shard.parent.name, row["rank"], name) * 2**32)
            pixels[number, place] = to_pixels(damage(picture, seed), piece.size, piece.settings)
    return [row["rank"] for row in taken], pixels


def score_damaged(model: Any, paths: Paths, tested: pd.DataFrame, settings: Resize, max_pixels: int) -> Scores:
    """Score test pictures, rows with ``source`` and ``rank``, damaged in every way: float32 (n, damages)."""
    size = int(model.input_shape[1])
    place = {key: number for number, key in enumerate(zip(tested["source"], tested["rank"], strict=True))}
    scores = np.full((len(tested), len(DAMAGES)), np.nan, dtype=np.float32)
    pieces = list(_cut(paths, tested, settings, size, max_pixels))
    for piece, (ranks, pixels) in zip(pieces, map_pieces(damage_pictures, pieces), strict=True):
        flat = predict_scores(model, pixels.reshape(-1, size, size, 3))
        source = piece.shard.parent.name
        scores[[place[source, rank] for rank in ranks]] = flat.reshape(len(ranks), -1)
    return scores


def _cut(paths: Paths, tested: pd.DataFrame, settings: Resize, size: int, max_pixels: int) -> Iterator[Piece]:
    for source, rows in tested.groupby("source"):
        wanted = rows["rank"].to_numpy()
        for shard in shard_paths(paths.collected(str(source))):
            ranks = read_shard(shard, ["rank"])["rank"].to_numpy()
            here = ranks[np.isin(ranks, wanted)].tolist()
            for start in range(0, len(here), PIECE):
                yield Piece(shard, here[start : start + PIECE], settings, size, max_pixels)


def measure_robustness(labels: np.ndarray[Any, Any], scores: Scores, threshold: float) -> dict[str, dict[str, float]]:
    """Measure each damage at one threshold, frozen beforehand: scores float32 (n, damages), by the damages' names."""
    fake = labels == Label.FAKE
    return {
        name: _measure(fake, scores[:, place] >= threshold, scores[:, 0] >= threshold)
        for place, name in enumerate(DAMAGES)
    }


def _measure(
    fake: np.ndarray[Any, Any], called: np.ndarray[Any, Any], clean: np.ndarray[Any, Any]
) -> dict[str, float]:
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
