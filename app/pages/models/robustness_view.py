"""Robustness: the accuracy after what happens to pictures on their way."""

import altair as alt
import pandas as pd
import streamlit as st

from app.browsing.curve_tables import read_curves
from app.checking.detector_service import DetectorService
from app.pages.models.recipe_choice import choose_recipes
from app.widgets.chart_widgets import COLOURS, show_chart
from app.widgets.table_widgets import show_table
from pipeline.evaluation.display_names import name_damage

EXPLAINED = (
    "The accuracy on the test's pictures after each kind of damage, with its 95% interval. The"
    " first line is the test as it is."
)


def show(detectors: DetectorService) -> None:
    """Show the shares as a chart and as a table, the damages in the order in which they are tried."""
    recipes = choose_recipes(detectors)
    table = read_curves(detectors.paths, recipes, "robustness")
    table = table.assign(damage=table["damage"].map(name_damage))
    st.text(EXPLAINED)
    show_chart(_draw(table, recipes), "Accuracy by damage and recipe; the table below tells the same.")
    columns = ("damage", "recipe", "accuracy>", "95% from>", "to>", "false-positive rate>", "recall>")
    names = ["accuracy", "accuracy_low", "accuracy_high", "false_positive_rate", "recall"]
    told = table.sort_values(
        "damage", key=lambda names: names.map(list(table["damage"].unique()).index), kind="stable"
    )
    show_table(
        columns,
        ((row["damage"], row["kind"], *(f"{row[name]:.1%}" for name in names)) for row in told.to_dict("records")),
    )


def _draw(table: pd.DataFrame, recipes: list[str]) -> object:
    legend = alt.Legend(title=None, orient="bottom", columns=1)
    colour = alt.Color("kind", scale=alt.Scale(domain=recipes, range=list(COLOURS[: len(recipes)])), legend=legend)
    shape = alt.Shape("kind", scale=alt.Scale(domain=recipes), legend=legend)
    base = alt.Chart(table).encode(alt.Y("damage:N", sort=None, title=None, axis=alt.Axis(labelLimit=240)), colour)
    scale = alt.Scale(domain=[min(0.5, float(table["accuracy_low"].min())), 1])
    spans = base.mark_rule(strokeWidth=2, opacity=0.6).encode(
        alt.X("accuracy_low:Q", scale=scale, title="accuracy", axis=alt.Axis(format=".0%", tickCount=6)),
        alt.X2("accuracy_high:Q"),
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        alt.X("accuracy:Q", scale=scale),
        shape,
        tooltip=["damage", "kind", alt.Tooltip("accuracy:Q", format=".1%")],
    )
    return alt.layer(spans, points)
