"""History: a recipe's figures, commit by commit."""

import altair as alt
import pandas as pd
import streamlit as st

from app.checking.detector_service import DetectorService
from app.pages.models.recipe_choice import choose_recipe
from app.widgets.chart_widgets import draw_lines, show_chart
from app.widgets.table_widgets import show_table
from pipeline.lineage.result_history import MOST, ResultHistory, read_history
from pipeline.raw_data.dvc_store import find_cache
from pipeline.runtime.errors import TouchstoneError

FIGURES = {"accuracy": "accuracy", "ROC-AUC": "roc_auc", "precision": "precision", "recall": "recall"}


def show(detectors: DetectorService) -> None:
    """Show the figures of the last commits, the newest first, as far as DVC's cache has them."""
    recipe = choose_recipe(detectors)
    try:
        past = read_history(detectors.paths.root, find_cache(detectors.paths.root), recipe)
    except TouchstoneError as error:
        st.info("Without git and DVC there is no history: what the figures were before is not kept.")
        st.text(str(error))
        return
    st.text(f"What changed in the last {MOST} commits of dvc.lock; `touchstone diff` tells what was behind it.")
    measured = [each for each in past if each.figures]
    if len(measured) > 1:
        show_chart(_draw(measured), "Figures by commit; the table below tells the same.")
    columns = ("commit", "date", "message", "pictures>", *(f"{name}>" for name in FIGURES))
    show_table(columns, map(_row, past))
    if len(measured) < len(past):
        st.caption("Where there are no figures, DVC's cache has them not: `dvc fetch --all-commits` gets them.")


def _row(past: ResultHistory) -> tuple[object, ...]:
    figures = past.figures or {}
    numbers = (f"{figures[name]:.4f}" if name in figures else None for name in FIGURES.values())
    pictures = figures.get("pictures")
    return past.revision[:10] if past.revision else "now", past.date, past.subject, pictures, *numbers


def _draw(measured: list[ResultHistory]) -> object:
    commits = [(each.revision or "now")[:10] for each in reversed(measured)]
    rows = [
        {"commit": commit, "kind": title, "value": each.figures[name]}
        for commit, each in zip(commits, reversed(measured), strict=True)
        for title, name in FIGURES.items()
        if each.figures and name in each.figures
    ]
    x = alt.X("commit:N", sort=commits, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    return draw_lines(pd.DataFrame(rows), x, y)
