"""Measure a recipe's model on its test pictures, and say what came of it in a report for people.

Reads results/RECIPE/model.keras, the test manifest of datasets/split/RECIPE and, for the report, the manifests of all
stages and the original pictures; writes predictions.parquet, metrics.json, plots and report.html in results/RECIPE.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.evaluation.curves import write_plots
from pipeline.evaluation.figures import measure, measure_without_repeats
from pipeline.models.saved import Scores, load_model, predict_scores, read_threshold, side_of
from pipeline.parts.arrays import gather, labels_of
from pipeline.parts.backend import make_deterministic
from pipeline.parts.balance import require_classes
from pipeline.parts.command import Stage, run_command
from pipeline.parts.errors import ModelFileError
from pipeline.parts.files import write_json, write_text
from pipeline.parts.params import load_params
from pipeline.parts.paths import Paths, find_root
from pipeline.parts.pictures import Pixels
from pipeline.parts.recipe import load_recipe
from pipeline.parts.tables import read_table, write_table
from pipeline.report.page import render_report

PREDICTIONS_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("rank", pa.int32()),
        ("id", pa.string()),
        ("label", pa.int8()),
        ("score", pa.float32()),
        ("official_split", pa.string()),
        ("repeats_test", pa.bool_()),
        ("repeats_train", pa.bool_()),
    ]
)


def predict(model_path: Path, pixels: Pixels) -> Scores:
    """Score pictures, uint8 (n, size, size, 3), with a model file.

    Raises:
        ModelFileError: the file is no detector, takes pictures of another size, or gives scores that are no numbers.
    """
    model = load_model(model_path)
    side = side_of(model)
    if side != pixels.shape[1]:
        raise ModelFileError(model_path, f"it takes {side} pixels a side, and the recipe makes {pixels.shape[1]}")
    scores = predict_scores(model, pixels)
    if not np.isfinite(scores).all():
        raise ModelFileError(model_path, f"{int((~np.isfinite(scores)).sum())} of its scores are not numbers")
    return scores


def evaluate(paths: Paths, name: str, size: int) -> pd.DataFrame:
    """Score the test pictures of a recipe: one row each, with label and score.

    Raises:
        EmptySplitError: the test pictures are all of one class, or none.
        ModelFileError: the model cannot score them.
    """
    manifest = read_table(paths.split(name) / "test.parquet", f"split@{name}")
    require_classes(labels_of(manifest), "test")
    scores = predict(paths.results(name) / "model.keras", gather(paths, size, manifest))
    predictions: pd.DataFrame = manifest.to_pandas().assign(score=scores)[PREDICTIONS_SCHEMA.names]
    return predictions


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("evaluate", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    make_deterministic(params.seed)
    predictions = evaluate(paths, name, recipe.size)
    results = paths.results(name)
    threshold = read_threshold(results / "model.keras")
    figures = measure(predictions, threshold) | {"repeats": measure_without_repeats(predictions, threshold)}
    table = pa.Table.from_pandas(predictions, PREDICTIONS_SCHEMA, preserve_index=False)
    write_table(results / "predictions.parquet", table, PREDICTIONS_SCHEMA)
    write_json(results / "metrics.json", figures)
    write_plots(results / "plots", predictions, figures["threshold"])
    write_text(results / "report.html", render_report(paths, params, name, predictions, figures))
    interval = f"{figures['accuracy_low']:.2%} to {figures['accuracy_high']:.2%}"
    note = f"accuracy {figures['accuracy']:.2%} (95%: {interval}), ROC-AUC {figures['roc_auc']:.4f}"
    stage.summarise(len(predictions), len(predictions), note=f"{note}; see results/{name}/report.html")


if __name__ == "__main__":
    run_command(main)
