"""Curves as small tables: what ``dvc plots`` draws and compares, and what the report draws from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve, roc_curve

from pipeline.evaluation.metrics import call
from pipeline.evaluation.operating_points import measure_at
from pipeline.runtime.errors import StageMissingError
from pipeline.storage.files import write_text
from pipeline.storage.labels import Label

#: The curves that training leaves behind: a name for people, and DVCLive's file.
HISTORY = {"training": "train", "validation": "eval"}

#: At so many thresholds is told what each gives.
THRESHOLDS = 101


def trace_roc(predictions: pd.DataFrame) -> pd.DataFrame:
    """Trace the ROC curve: ``false_positive_rate`` and ``true_positive_rate``, corners only."""
    false_positive, true_positive, _ = roc_curve(predictions["label"], predictions["score"])
    return pd.DataFrame({"false_positive_rate": false_positive, "true_positive_rate": true_positive})


def trace_precision_recall(predictions: pd.DataFrame) -> pd.DataFrame:
    """Trace ``precision`` over ``recall``, from the lowest threshold up, without points between two of one recall."""
    precision, recall, _ = precision_recall_curve(predictions["label"], predictions["score"], drop_intermediate=True)
    return pd.DataFrame({"recall": recall, "precision": precision})


def trace_thresholds(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return what a user of each threshold gets: the columns of ``measure_at``."""
    labels, scores = predictions["label"].to_numpy(), predictions["score"].to_numpy()
    return pd.DataFrame([measure_at(labels, scores, float(cut)) for cut in np.linspace(0, 1, THRESHOLDS)])


def name_classes(predictions: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Name the ``actual`` and the ``predicted`` class of every row, for the confusion matrix."""
    names = {label.value: label.name for label in Label}
    called = pd.Series(call(predictions["score"].to_numpy(), threshold))
    return pd.DataFrame({"actual": predictions["label"].map(names), "predicted": called.map(names)})


def list_tables(
    predictions: pd.DataFrame, figures: Mapping[str, Any], training: Path, recipe: str
) -> dict[str, pd.DataFrame]:
    """List the tables of all plots; ``training`` is the folder that training left.

    Raises:
        StageMissingError: training did not leave its curves.
    """
    return {
        "roc": trace_roc(predictions),
        "precision_recall": trace_precision_recall(predictions),
        "reliability": pd.DataFrame(figures["calibration"]["reliability"]),
        "thresholds": trace_thresholds(predictions),
        "confusion": name_classes(predictions, figures["threshold"]),
        "robustness": pd.DataFrame([{"damage": name, **row} for name, row in figures["robustness"].items()]),
        **{metric: read_history(training, metric, recipe) for metric in ("loss", "accuracy")},
    }


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write the tables as CSV into a folder."""
    for name, table in tables.items():
        write_text(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))


def read_history(training: Path, metric: str, recipe: str) -> pd.DataFrame:
    """Read a metric (``loss``, ``accuracy``): a row per ``epoch``, in ``training`` and in ``validation``.

    Raises:
        StageMissingError: training did not leave it.
    """
    curves = {}
    for name, part in HISTORY.items():
        path = training / "plots" / "metrics" / part / f"{metric}.tsv"
        try:
            curves[name] = pd.read_csv(path, sep="\t")[metric].astype(float)
        except (OSError, ValueError, KeyError) as error:
            raise StageMissingError(path, f"train@{recipe}") from error
    return pd.DataFrame({"epoch": range(1, len(curves["training"]) + 1), **curves})
