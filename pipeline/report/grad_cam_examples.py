"""Pictures beside the places that spoke for their verdict: the surest, the least sure and the worst of each class."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from pipeline.arrays.pixel_arrays import gather
from pipeline.evaluation.grad_cam import UnexplainableError, explain
from pipeline.evaluation.metrics import call
from pipeline.models.saved_model import side_of
from pipeline.runtime.array_types import Pixels
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label

#: How many are shown of each kind and class.
EACH = 3

#: The side of a drawn picture in pixels, and how much of it a place that speaks most is covered by its colour.
SIDE, COVER = 160, 0.6


@dataclass(frozen=True, slots=True)
class GradCamExample:
    """One picture: as the model saw it, and with the places that spoke for its verdict, both as data URIs."""

    source: str
    rank: int
    id: str
    score: float
    called: str
    seen: str
    lit: str


@dataclass(frozen=True, slots=True)
class GradCamExamples:
    """All pictures by title; or ``problem``, why there are none. ``grid``: the places that can be told apart."""

    pictures: dict[str, list[GradCamExample]]
    grid: tuple[int, int] = (0, 0)
    problem: str = ""


def choose_telling(predictions: pd.DataFrame, threshold: float) -> dict[str, pd.DataFrame]:
    """Choose, of each class, the surest that are right, those least sure, and the surest that are wrong."""
    scores = predictions["score"].to_numpy().astype(np.float64)
    right = call(scores, threshold) == predictions["label"].to_numpy()
    told = predictions.assign(right=right, sure=np.abs(scores - threshold)).sort_values(["sure", "source", "rank"])
    chosen = {}
    for label, title in ((Label.REAL, "Photographs"), (Label.FAKE, "Fakes")):
        mine = told[told["label"] == label]
        chosen[f"{title}, surest and right"] = mine[mine["right"]][::-1][:EACH]
        chosen[f"{title}, least sure"] = mine[:EACH]
        chosen[f"{title}, surest and wrong"] = mine[~mine["right"]][::-1][:EACH]
    return {title: rows for title, rows in chosen.items() if len(rows)}


def look(model: Any, paths: Paths, predictions: pd.DataFrame, threshold: float) -> GradCamExamples:
    """Explain the verdicts of ``choose_telling``'s pictures and draw them."""
    chosen = choose_telling(predictions, threshold)
    rows = pd.concat(chosen.values(), ignore_index=True)
    pixels = gather(paths, side_of(model), pa.Table.from_pandas(rows[["source", "row"]]))
    fake = call(rows["score"].to_numpy(), threshold) == Label.FAKE
    try:
        explanation = explain(model, pixels, fake)
    except UnexplainableError as error:
        return GradCamExamples({}, problem=str(error))
    drawn = iter(
        GradCamExample(
            source=row["source"],
            rank=row["rank"],
            id=row["id"],
            score=row["score"],
            called=Label(int(fake[place])).name,
            seen=_as_uri(_enlarge(pixels[place])),
            lit=_as_uri(light_up(_enlarge(pixels[place]), explanation.heat[place])),
        )
        for place, row in enumerate(rows.to_dict("records"))
    )
    return GradCamExamples(
        {title: [next(drawn) for _ in range(len(part))] for title, part in chosen.items()}, explanation.grid
    )


def _enlarge(picture: Pixels) -> Image.Image:
    """Show a picture pixel by pixel: that is what the model sees."""
    return Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.NEAREST)


def light_up(picture: Image.Image, heat: NDArray[np.float32]) -> Image.Image:
    """Lay heat, 0 to 1, over the whole of a picture in grey: yellow where it is most, nothing where there is none."""
    from matplotlib import colormaps

    wide = Image.fromarray(heat, mode="F").resize(picture.size, Image.Resampling.BILINEAR)
    shares = np.clip(np.asarray(wide), 0, 1)
    grey = np.asarray(picture.convert("L").convert("RGB"), dtype=np.float32)
    cover = COVER * shares[..., None]
    mixed = grey * (1 - cover) + 255 * colormaps["inferno"](shares)[..., :3] * cover
    return Image.fromarray(mixed.round().astype(np.uint8))


def _as_uri(picture: Image.Image) -> str:
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(encoded.getvalue()).decode()
