"""Balance: how many pictures of each class are where, by source."""

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from app.browsing.catalogue import PLACES, Catalogue
from app.checking.detector_service import DetectorService
from app.widgets.chart_widgets import CLASSES, show_chart
from app.widgets.table_widgets import show_table
from pipeline.lineage.manifests import Manifests
from pipeline.storage.labels import Label


def show(_: DetectorService, manifests: Manifests, recipe: str | None) -> None:
    """Show the counts as bars and as a table."""
    counts = [row for row in Catalogue(manifests, recipe).count() if row["label"] is not None]
    table = pd.DataFrame(counts).assign(label=lambda found: [Label(each).name for each in found["label"]])
    table["label"] = pd.Categorical(table["label"], list(CLASSES))
    counted = table.groupby(["source", "label", "place"], observed=True)["pictures"].sum().reset_index()
    show_chart(_draw(counted), "Pictures by class and place; the table below tells the same, by source.")
    # As if all were one source more.
    summed = pd.concat([counted, counted.assign(source="= all")])
    wide = summed.pivot_table("pictures", ["source", "label"], "place", "sum", 0, observed=True, sort=False)
    places = [place for place in PLACES if place in wide.columns]
    rows = zip(wide.index, wide[places].to_numpy(), strict=True)
    columns = ("source", "class", *(f"{place}>" for place in places), "all>")
    show_table(columns, ((*key, *map(int, row), int(row.sum())) for key, row in rows))
    st.caption("Dropped: for a reason that is on file. Unused: in no split of this recipe.")


def _draw(counted: pd.DataFrame) -> Any:
    scale = alt.Scale(domain=list(CLASSES), range=list(CLASSES.values()))
    return (
        alt.Chart(counted)
        .mark_bar()
        .encode(
            alt.X("sum(pictures):Q", title="pictures", axis=alt.Axis(tickCount=6)),
            alt.Y("place:N", sort=list(PLACES), title=None),
            alt.YOffset("label:N", sort=list(CLASSES)),
            alt.Color("label:N", scale=scale, legend=alt.Legend(title=None, orient="bottom")),
            tooltip=["place", "label", alt.Tooltip("sum(pictures):Q", format=",")],
        )
        .properties(height=260)
    )
