"""The shortcut audit: what tells REAL from FAKE without a look at the picture."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from app.browsing.audit_results import AttributeRow, read_audit
from app.checking.detector_service import DetectorService
from app.widgets.chart_widgets import COLOURS, show_chart
from app.widgets.table_widgets import show_table
from pipeline.cards.escaping import in_markdown
from pipeline.lineage.manifests import Manifests
from pipeline.runtime.errors import StageMissingError

KINDS = {"file": "Properties of the files", "pixels": "Simple traits of the pixels"}

EXPLAINED = (
    "How well each thing alone tells REAL from FAKE, as ROC-AUC with its 95% interval: 0.5 is chance, 1 tells all."
    " A detector never sees the properties of files, but where one is high, the pixels may carry traces of the same"
    " history."
)


def show(detectors: DetectorService, _: Manifests, recipe: str | None) -> None:
    """Show what tells the label, the worst first, as charts and as tables."""
    if recipe is None:
        raise StageMissingError(detectors.paths.datasets / "split", "split@" + detectors.params.recipes[0])
    audit = read_audit(detectors.paths, recipe)
    st.text(EXPLAINED)
    alarms = [each for each in audit.tellings if each.alarm]
    for each in alarms:
        st.warning(f"**{in_markdown(each.name)}** tells the label: {each.alarm}")
    if not alarms:
        st.success("No property of the files raises the alarm.")
    for kind, title in KINDS.items():
        told = [each for each in audit.tellings if each.kind == kind]
        if kind == audit.together.kind:
            told = sorted([*told, audit.together], key=lambda each: -each.auc)
        st.subheader(title, anchor=False)
        show_chart(_draw(told, audit.gate), f"{title}: ROC-AUC with 95% intervals; the table below tells the same.")
        columns = ("what", "ROC-AUC>", "95% from>", "to>")
        show_table(columns, ((each.name, *(f"{n:.3f}" for n in (each.auc, each.low, each.high))) for each in told))


def _draw(told: Sequence[AttributeRow], gate: float) -> Any:
    table = pd.DataFrame([{"name": t.name, "auc": t.auc, "low": t.low, "high": t.high} for t in told])
    names = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=260))
    scale = alt.Scale(domain=[0.5, 1], clamp=True)
    base = alt.Chart(table).encode(names)
    spans = base.mark_rule(strokeWidth=2, color=COLOURS[0]).encode(
        alt.X("low:Q", scale=scale, title="ROC-AUC", axis=alt.Axis(tickCount=6)), alt.X2("high:Q")
    )
    points = base.mark_point(filled=True, size=60, color=COLOURS[0]).encode(
        alt.X("auc:Q", scale=scale), tooltip=["name", "auc", "low", "high"]
    )
    line = alt.Chart(pd.DataFrame({"gate": [gate]})).mark_rule(strokeDash=[4, 4], color=COLOURS[1]).encode(x="gate:Q")
    return alt.layer(spans, points, line)
