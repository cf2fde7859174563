"""Curves as small tables: what ``dvc plots`` draws and compares, and what the report draws from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import roc_curve

from pipeline.evaluation.figures import call
from pipeline.parts.errors import StageMissingError
from pipeline.parts.files import write_text
from pipeline.parts.labels import Label

#: The curves that training leaves behind: a name for people, and DVCLive's file.
HISTORY = {"training": "train", "validation": "eval"}


def trace_roc(predictions: pd.DataFrame) -> pd.DataFrame:
    """Trace the ROC curve: ``false_positive_rate`` and ``true_positive_rate``, corners only."""
    false_positive, true_positive, _ = roc_curve(predictions["label"], predictions["score"])
    return pd.DataFrame({"false_positive_rate": false_positive, "true_positive_rate": true_positive})


def name_classes(predictions: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Name the ``actual`` and the ``predicted`` class of every row, for the confusion matrix."""
    names = {label.value: label.name for label in Label}
    called = pd.Series(call(predictions["score"].to_numpy(), threshold))
    return pd.DataFrame({"actual": predictions["label"].map(names), "predicted": called.map(names)})


def write_plots(folder: Path, predictions: pd.DataFrame, figures: Mapping[str, Any]) -> None:
    """Write the curves as CSV into a folder."""
    tables = {
        "roc": trace_roc(predictions),
        "confusion": name_classes(predictions, figures["threshold"]),
        "reliability": pd.DataFrame(figures["calibration"]["reliability"]),
        "robustness": pd.DataFrame([{"damage": name, **row} for name, row in figures["robustness"].items()]),
    }
    for name, table in tables.items():
        write_text(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))


def read_history(training: Path, metric: str, recipe: str) -> dict[str, list[float]]:
    """Read a metric (``loss``, ``accuracy``) of every epoch, in training and in validation.

    Raises:
        StageMissingError: training did not leave it.
    """
    curves = {}
    for name, part in HISTORY.items():
        path = training / "plots" / "metrics" / part / f"{metric}.tsv"
        try:
            curves[name] = pd.read_csv(path, sep="\t")[metric].astype(float).tolist()
        except (OSError, ValueError, KeyError) as error:
            raise StageMissingError(path, f"train@{recipe}") from error
    return curves
