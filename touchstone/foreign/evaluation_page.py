"""The report on a detector and pictures that are not ours: one HTML file, in the style of a recipe's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import roc_curve

from pipeline.evaluation.display_names import KINDS, REASONS, THRESHOLDS, name_damage
from pipeline.judgement.detector_judgement import DetectorJudgement
from pipeline.report import examples
from pipeline.report.templates import open_template
from touchstone.foreign.classifier import PIXELS
from touchstone.foreign.data_location import DataLocation
from touchstone.foreign.evaluation_set import READ_FIRST

TEMPLATE = "foreign.html.j2"

#: Files that were not judged and are named on the page; the others are counted.
NAMED = 200

#: The side of the square in which the ROC curve is drawn.
SIDE = 200

Figures = Mapping[str, Any]


def render_foreign(
    place: DataLocation, predictions: pd.DataFrame, figures: Figures, judgement: DetectorJudgement, files: pd.DataFrame
) -> str:
    """Write the report as one HTML file that loads nothing from anywhere."""
    dropped = files[files["reason"].notna()].astype(object)
    return open_template(TEMPLATE, Path(__file__).parent).render(
        figures=figures,
        explained=explain_thresholds(figures),
        judgement=judgement,
        reasons=REASONS | {READ_FIRST: "asked first, to find out how the detector is to be read"},
        scales=PIXELS,
        kinds=KINDS,
        thresholds={"used": "the one in use", **THRESHOLDS},
        damage=name_damage,
        files=dropped.where(dropped.notna(), None)[:NAMED].to_dict("records"),
        roc=trace_roc(predictions),
        side=SIDE,
        errors=_show_errors(place, predictions, figures["threshold"]),
    )


def explain_thresholds(figures: Figures) -> str:
    """Describe where the threshold is from, and why there are no others."""
    used = f"Called FAKE is what has a score of {figures['threshold']} or more."
    if "temperature" in figures["calibration"]:
        return f"{used} The others, and the temperature, were set on the validation pictures that were given."
    return (
        f"{used} No validation pictures were given, so that no other threshold could be set without looking at the "
        "test: only one half is shown beside it, and no temperature."
    )


def trace_roc(predictions: pd.DataFrame) -> str:
    """Trace the ROC curve as the points of an SVG polyline in a square of ``SIDE``."""
    false_positive, true_positive, _ = roc_curve(predictions["label"], predictions["score"])
    corners = zip(false_positive * SIDE, (1 - true_positive) * SIDE, strict=True)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _show_errors(
    place: DataLocation, predictions: pd.DataFrame, threshold: float
) -> dict[str, list[examples.Example]]:
    known = predictions[["source", "rank", "label", "score"]]
    chosen = examples.choose_errors(known, threshold)
    keys = {key for rows in chosen.values() for key in examples.keys_of(rows)}
    records = examples.read_records(place.paths, sorted(keys), place.params)
    return {title: examples.show(rows, records, examples.LARGE) for title, rows in chosen.items()}
