"""Ask whether anything but the pixels can tell the label: format, size, compression, metadata.

Reads datasets/split/RECIPE and datasets/screened, writes results/RECIPE/audit.json: for each attribute of the original
files, how well it alone tells REAL from FAKE, worst first.
"""

import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from pipeline.parts.command import Stage, run_command
from pipeline.parts.draws import draw
from pipeline.parts.files import write_json
from pipeline.parts.params import load_params
from pipeline.parts.paths import Paths, find_root
from pipeline.parts.recipe import load_recipe, sources_of
from pipeline.parts.tables import read_table

MEASURED = ["format", "mode", "width", "height", "bytes", "has_exif", "has_icc", "has_xmp"]
MEASURED += ["jpeg_quality", "jpeg_tables", "jpeg_subsampling"]

#: Numbers are cut into this many classes of about equal counts.
BINS = 20
FOLDS = 5


def tell_label(attribute: pd.Series, labels: NDArray[np.int8], folds: NDArray[np.int64]) -> float:
    """Measure how well one attribute alone tells the label, as ROC-AUC: 0.5 not at all, 1.0 wholly.

    The score of a row is the share of FAKE among rows of the same class of the attribute in the other folds, so an
    attribute with many values gains nothing from being counted on itself.
    """
    classes = _classes(attribute)
    if classes.min() == classes.max():
        return 0.5
    scores = np.empty(len(labels))
    for fold in range(FOLDS):
        held, other = folds == fold, folds != fold
        fake = np.bincount(classes[other], weights=labels[other], minlength=classes.max() + 1)
        count = np.bincount(classes[other], minlength=classes.max() + 1)
        # One REAL and one FAKE are added to each class, so that a class not seen elsewhere says nothing.
        scores[held] = ((fake + 1) / (count + 2))[classes[held]]
    return float(roc_auc_score(labels, scores))


def _classes(attribute: pd.Series) -> NDArray[np.int64]:
    if pd.api.types.is_numeric_dtype(attribute) and attribute.nunique() > BINS:
        attribute = pd.qcut(attribute, BINS, duplicates="drop", labels=False)
    codes, _ = pd.factorize(attribute, sort=True, use_na_sentinel=True)
    return codes.astype(np.int64) + 1


def audit(rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Audit the rows of a split: the measured attributes, their ratios, ``label`` and ``group``."""
    rows = rows.assign(
        aspect=rows["width"] / rows["height"],
        bytes_per_pixel=rows["bytes"] / (rows["width"] * rows["height"]),
    )
    labels = rows["label"].to_numpy(np.int8)
    folds = np.array([int(draw(seed, "fold", group) * FOLDS) for group in rows["group"]])
    found = {name: tell_label(rows[name], labels, folds) for name in [*MEASURED, "aspect", "bytes_per_pixel"]}
    worst_first = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return {"pictures": len(rows), "auc": {name: round(auc, 4) for name, auc in worst_first}}


def read_attributes(paths: Paths, recipe: str, sources: list[str]) -> pd.DataFrame:
    """Read what was measured of the files of all pictures in a split."""
    screened = [
        read_table(paths.screened(source) / "manifest.parquet", f"screen@{source}", ["source", "rank", *MEASURED])
        for source in sources
    ]
    parts = [
        read_table(paths.split(recipe) / f"{part}.parquet", f"split@{recipe}", ["source", "rank", "label", "group"])
        for part in ("train", "val", "test")
    ]
    rows: pd.DataFrame = pa.concat_tables(parts).to_pandas()
    return rows.merge(pa.concat_tables(screened).to_pandas(), on=["source", "rank"], validate="one_to_one")


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("audit", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    rows = read_attributes(paths, name, sources_of(load_recipe(paths, params, name), params))
    found = audit(rows, params.seed)
    write_json(paths.results(name) / "audit.json", found)
    worst, auc = next(iter(found["auc"].items()))
    stage.summarise(len(rows), len(rows), note=f"{worst} alone tells the label with AUC {auc:.3f}")


if __name__ == "__main__":
    run_command(main)
