"""Curves: how the scores part the classes, whether they mean what they say, and how training went."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd
import streamlit as st

from app.browsing.curve_tables import read_curves, read_epochs
from app.checking.detector_service import DetectorService
from app.pages.models.recipe_choice import choose_recipes
from app.widgets.chart_widgets import draw_lines, show_chart, thin
from app.widgets.table_widgets import show_table
from pipeline.lineage.comparison import read_results

#: Figures that tell in numbers what the curves show.
FIGURES = {
    "ROC-AUC>": "roc_auc",
    "average precision>": "average_precision",
    "equal error rate>": "equal_error_rate",
    "recall at 1% false positives>": "recall_at_1.0%_false_positives",
}

#: Scores in words, and how the share of fakes among so many bins of them came out.
RELIABILITY = ("recipe", "mean predicted P(FAKE)>", "share of FAKE>", "share of all pictures>")


@dataclass(frozen=True, slots=True)
class Curve:
    """A chart: its title, the table that it is drawn from, and what its axes are."""

    title: str
    table: str
    x: tuple[str, str]
    y: tuple[str, str]
    diagonal: bool = False


CURVES = (
    Curve(
        "ROC curve", "roc",
        ("false_positive_rate", "false-positive rate"), ("true_positive_rate", "true-positive rate"), diagonal=True,
    ),
    Curve("Precision and recall", "precision_recall", ("recall", "recall"), ("precision", "precision")),
    Curve(
        "Reliability diagram", "reliability", ("said", "mean predicted P(FAKE), in 15 bins"), ("is", "share of FAKE"),
        diagonal=True,
    ),
)  # fmt: skip


def show(detectors: DetectorService) -> None:
    """Show the curves of some recipes, two beside each other where there is room, and what they come to."""
    recipes = choose_recipes(detectors)
    charts = [(curve.title, _draw(detectors, curve, recipes)) for curve in CURVES]
    charts += [(f"{metric.capitalize()} by epoch", _draw_epochs(detectors, metric, recipes)) for metric in EPOCHS]
    places = [place for _ in range(0, len(charts), 2) for place in st.columns(2)]
    for place, (title, chart) in zip(places, charts, strict=False):
        with place:
            st.subheader(title, anchor=False)
            show_chart(chart, f"{title} of {', '.join(recipes)}; the figures are in the tables below.")
    _show_figures(detectors, recipes)


EPOCHS = ("loss", "accuracy")


def _draw(detectors: DetectorService, curve: Curve, recipes: Sequence[str]) -> object:
    table = read_curves(detectors.paths, recipes, curve.table)
    thinned = pd.concat([thin(rows) for _, rows in table.groupby("kind", sort=False)])
    share = alt.Scale(domain=[0, 1])
    x = alt.X(f"{curve.x[0]}:Q", title=curve.x[1], scale=share, axis=alt.Axis(tickCount=5))
    y = alt.Y(f"{curve.y[0]}:Q", title=curve.y[1], scale=share, axis=alt.Axis(tickCount=5))
    return draw_lines(thinned, x, y, diagonal=curve.diagonal)


def _draw_epochs(detectors: DetectorService, metric: str, recipes: Sequence[str]) -> object:
    table = read_epochs(detectors.paths, recipes, metric)
    x = alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, tickCount=6, format="d"))
    y = alt.Y("value:Q", title=metric, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    return draw_lines(table, x, y, "part")


def _show_figures(detectors: DetectorService, recipes: Sequence[str]) -> None:
    metrics = {found["recipe"]: found["metrics"] for found in read_results(detectors.paths, detectors.params)}
    rows = (
        (name, *(f"{metrics[name][key]:.4f}" if key in metrics[name] else None for key in FIGURES.values()))
        for name in recipes
    )
    st.subheader("In numbers", anchor=False)
    show_table(("recipe", *FIGURES), rows)
    with st.expander("Reliability diagram, by bins"):
        table = read_curves(detectors.paths, recipes, "reliability")
        columns = table[["said", "is", "weight"]].itertuples(index=False)
        show_table(
            RELIABILITY,
            ((kind, *(f"{n:.3f}" for n in row)) for kind, row in zip(table["kind"], columns, strict=True)),
        )
    with st.expander("Training, by epoch"):
        _show_training(detectors, recipes)


def _show_training(detectors: DetectorService, recipes: Sequence[str]) -> None:
    loss, accuracy = (read_curves(detectors.paths, recipes, metric) for metric in EPOCHS)
    both = loss.merge(accuracy, on=["kind", "epoch"], suffixes=(" loss", " accuracy"))
    parts = [name for name in both.columns if name not in {"kind", "epoch"}]
    rows = (
        (row["kind"], int(row["epoch"]), *(f"{row[name]:.4f}" for name in parts)) for row in both.to_dict("records")
    )
    show_table(("recipe", "epoch>", *(f"{name}>" for name in parts)), rows)
