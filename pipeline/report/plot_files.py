"""The charts of a detector: drawn into the report, and written as PNG beside the tables of ``dvc plots``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.evaluation.display_names import name_damage
from pipeline.report.charts import Bars, Chart, Points, to_png
from pipeline.storage.files import replacing

Charts = dict[str, Chart | Bars]


def list_charts(tables: Mapping[str, pd.DataFrame]) -> Charts:
    """List the charts of the tables that ``metric_curves.list_tables`` makes, by the tables' names."""
    return {
        "roc": Chart(
            "ROC curve",
            "false-positive rate",
            "true-positive rate",
            {"detector": _points(tables["roc"], "false_positive_rate", "true_positive_rate")},
            diagonal=True,
        ),
        "precision_recall": Chart(
            "Precision and recall",
            "recall",
            "precision",
            {"detector": _points(tables["precision_recall"], "recall", "precision")},
        ),
        "reliability": Chart(
            "Reliability diagram",
            "mean predicted P(FAKE), in 15 bins",
            "share of FAKE",
            {"detector": _points(tables["reliability"], "said", "is")},
            diagonal=True,
        ),
        "thresholds": Chart(
            "What a threshold gives",
            "called FAKE from P(FAKE) on",
            "share",
            {
                words: _points(tables["thresholds"], "threshold", column)
                for column, words in (
                    ("accuracy", "accuracy"),
                    ("recall", "recall"),
                    ("false_positive_rate", "false-positive rate"),
                )
            },
        ),
        "loss": _history("Loss by epoch", "loss", tables["loss"]),
        "accuracy": _history("Accuracy by epoch", "accuracy", tables["accuracy"]),
        "robustness": Bars("Accuracy under damage", "accuracy", _by_damage(tables["robustness"])),
    }


def write_charts(folder: Path, charts: Charts) -> None:
    """Write charts as PNG into a folder."""
    for name, chart in charts.items():
        with replacing(folder / f"{name}.png") as temporary:
            temporary.write_bytes(to_png(chart))


def _history(title: str, metric: str, table: pd.DataFrame) -> Chart:
    parts = [name for name in table.columns if name != "epoch"]
    return Chart(title, "epoch", metric, {part: _points(table, "epoch", part) for part in parts}, whole=True)


def _points(table: pd.DataFrame, x: str, y: str) -> Points:
    return table[x].tolist(), table[y].tolist()


def _by_damage(table: pd.DataFrame) -> dict[str, Any]:
    return {name_damage(name): share for name, share in zip(table["damage"], table["accuracy"], strict=True)}
