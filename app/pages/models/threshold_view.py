"""The threshold: what another one would do to the false-positive and the false-negative rate."""

import json
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from app.browsing.curve_tables import read_curves
from app.browsing.threshold_counts import Proportion, ThresholdCounts, cut_at
from app.checking.detector_service import DetectorService
from app.pages.models.recipe_choice import choose_recipe
from app.widgets.chart_widgets import draw_lines, show_chart
from app.widgets.table_widgets import show_table
from pipeline.asking.scored_test import ScoredTest
from pipeline.evaluation.display_names import THRESHOLDS
from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths

ADVICE = (
    "These are the pictures of the test. Look here at what a threshold does, but do not choose it here: one chosen on"
    " the test looks better than it is. `train: {decision: ...}` in the recipe has it chosen on validation."
)

KINDS = {"recall": "recall", "false_positive_rate": "false-positive rate", "accuracy": "accuracy"}


def show(detectors: DetectorService) -> None:
    """Show what the recipe's own thresholds give, and a slider to try any other."""
    recipe = choose_recipe(detectors)
    figures = _read_figures(detectors.paths, recipe)
    test = ScoredTest.read(detectors.paths.results(recipe), figures["threshold"])
    _try(detectors, recipe, test)
    st.subheader("Thresholds that were set on validation", anchor=False)
    rows = [("the recipe's own", test.threshold)]
    rows += [(THRESHOLDS.get(name, name), at["threshold"]) for name, at in figures["thresholds"].items()]
    columns = ("threshold for", "threshold>", "false-positive rate>", "false-negative rate>", "accuracy>")
    show_table(columns, ((name, f"{cut:.4f}", *_tell_all(cut_at(test, cut))) for name, cut in rows))


@st.fragment
def _try(detectors: DetectorService, recipe: str, test: ScoredTest) -> None:
    """Ask for a threshold, and tell what it does; only this is computed anew when it moves."""
    threshold = st.slider(
        "A picture is called FAKE when its score, P(FAKE), is at least",
        0.0, 1.0, float(test.threshold), 0.001, format="%.3f", key=f"threshold of {recipe}",
    )  # fmt: skip
    cut = cut_at(test, threshold)
    told = (
        ("False-positive rate", cut.alarms, "photographs"),
        ("False-negative rate", cut.missed, "fakes"),
        ("Accuracy", cut.right, "pictures"),
    )
    for place, (title, share, of) in zip(st.columns(3), told, strict=True):
        place.metric(title, f"{share.rate:.2%}", border=True)
        place.caption(f"{share.count:,} of {share.of:,} {of}; 95%: {share.low:.2%} to {share.high:.2%}")
    show_chart(
        _draw(detectors.paths, recipe, threshold), "What every threshold gives; the table below tells the chosen ones."
    )
    st.info(ADVICE)


def _draw(paths: Paths, recipe: str, threshold: float) -> Any:
    table = read_curves(paths, [recipe], "thresholds").drop(columns="kind")
    long = table.melt("threshold", list(KINDS), var_name="kind", value_name="share")
    long = long.assign(kind=long["kind"].map(KINDS))
    x = alt.X("threshold:Q", title="called FAKE from P(FAKE) on", axis=alt.Axis(tickCount=10))
    y = alt.Y("share:Q", title="share", axis=alt.Axis(format=".0%", tickCount=5))
    here = alt.Chart(pd.DataFrame({"threshold": [threshold]})).mark_rule(strokeDash=[4, 4], color="gray")
    return draw_lines(long, x, y) + here.encode(x="threshold:Q")


def _tell_all(cut: ThresholdCounts) -> list[str]:
    return [_tell(share) for share in (cut.alarms, cut.missed, cut.right)]


def _tell(share: Proportion) -> str:
    return f"{share.count:,} of {share.of:,}, {share.rate:.2%}"


def _read_figures(paths: Paths, recipe: str) -> dict[str, Any]:
    file = paths.results(recipe) / "metrics.json"
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return {"threshold": found["threshold"], "thresholds": found["thresholds"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StageMissingError(file, f"evaluate@{recipe}") from error
