"""A placebo: give a picture the size and the compression that files of the other class have, and nothing else.

What a picture shows is left alone, so its verdict should stay. Where it does not, the detector has learned how the two
classes were stored. Some verdicts change under any new compression, which is why each picture also takes the path of
another file of its own class: that is the control.
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from pipeline.evaluation.metrics import call, wilson
from pipeline.models.saved_model import Scores
from pipeline.sampling.draws import draw
from pipeline.storage.labels import Label

#: What a file is stored as, by the columns of a screened manifest.
STORED = ["format", "width", "height", "jpeg_quality", "jpeg_subsampling"]

#: Whose path a picture takes.
PATHS = ("own", "other")


@dataclass(frozen=True, slots=True)
class PlaceboResult:
    """How a file is stored: ``quality`` and ``subsampling`` for JPEG only."""

    format: str
    width: int
    height: int
    quality: int | None
    subsampling: str | None


def store_like(picture: Image.Image, stored: PlaceboResult) -> Image.Image:
    """Bring a picture to the size of another file, store it in the same way, and read it again."""
    if picture.size != (stored.width, stored.height):
        picture = picture.resize((stored.width, stored.height), Image.Resampling.LANCZOS)
    if stored.format != "JPEG" or stored.quality is None:
        return picture  # The other formats keep nearly all.
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=stored.quality, subsampling=stored.subsampling or "4:2:0")
    return Image.open(file).convert("RGB")


def choose_paths(tested: pd.DataFrame, seed: int) -> list[tuple[PlaceboResult, PlaceboResult]]:
    """Choose for each row, which has ``STORED`` and ``label``, a file of its own class and one of the other."""
    files = {label: _list_stored(tested[tested["label"] == label]) for label in Label}
    chosen = []
    for label, *key in zip(tested["label"], tested["source"], tested["rank"], strict=True):
        chance = draw(seed, "placebo", *key)
        own, other = (of[int(chance * len(of))] for of in (files[Label(label)], files[Label(1 - label)]))
        chosen.append((own, other))
    return chosen


def _list_stored(rows: pd.DataFrame) -> list[PlaceboResult]:
    # With types that can be missing: else pandas makes fractions of whole numbers among files that have none.
    table = pa.Table.from_pandas(rows.sort_values(["source", "rank"])[STORED].convert_dtypes(), preserve_index=False)
    columns = [table[name].to_pylist() for name in STORED]
    return [PlaceboResult(*row) for row in zip(*columns, strict=True)]


def measure_placebo(labels: np.ndarray[Any, Any], clean: Scores, stored: Scores, threshold: float) -> dict[str, Any]:
    """Measure how many verdicts change: ``clean`` (n,), ``stored`` (n, 2) after the paths of ``PATHS``."""
    changed = call(stored, threshold) != call(clean, threshold)[:, None]
    return {
        label.name: {path: _share(changed[labels == label, place]) for place, path in enumerate(PATHS)}
        for label in Label
    }


def _share(changed: np.ndarray[Any, Any]) -> dict[str, float]:
    low, high = wilson(int(changed.sum()), len(changed))
    return {"changed": float(changed.mean()), "low": low, "high": high}
