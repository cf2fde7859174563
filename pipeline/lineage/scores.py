"""What each recipe's model says of a picture that is in the data set, asked on the spot."""

import numpy as np

from pipeline.arrays.pixel_arrays import open_pixels
from pipeline.lineage.manifests import Manifests
from pipeline.models.saved_model import load_model, predict_scores, side_of


def ask_models(manifests: Manifests, source: str, rank: int) -> dict[str, float]:
    """Return every trained recipe's P(FAKE) for a record, from the pixels that its model saw or would have seen.

    There is none for a picture that was dropped before it got pixels of a model's size.
    """
    folder, scores = manifests.paths.resized(source), {}
    rows = manifests.read([folder / "index.parquet"], "rank = ?", [rank])
    for recipe in manifests.recipes() if rows else []:
        file = manifests.paths.results(recipe) / "model.keras"
        if not file.is_file():
            continue
        model = load_model(file)
        size = folder / str(side_of(model))
        if size.is_dir():
            pixels = open_pixels(size, f"resize@{source}")[rows[0]["row"]]
            scores[recipe] = float(predict_scores(model, np.asarray(pixels)[None])[0])
    return scores
