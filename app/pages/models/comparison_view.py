"""Recipes beside each other and published systems, and whether a difference may be chance."""

from typing import Any

import streamlit as st

from app.checking.detector_service import DetectorService
from app.widgets.detectors import show_detector
from app.widgets.table_widgets import show_table
from pipeline.lineage.comparison import (
    FIGURES,
    NOTE,
    PAIRS,
    Comparison,
    compare_recipes,
    list_pairs,
    list_rows,
)


def show(detectors: DetectorService) -> None:
    """Show the figures of all recipes that were evaluated, the best first."""
    found = compare_recipes(detectors.paths, detectors.params)
    for each in found.recipes:
        if judgement := each["judgement"]:
            show_detector(judgement)
    show_table(("detector", "whose", *FIGURES), list_rows(found))
    if found.missing:
        st.info(f"Not evaluated yet: {', '.join(found.missing)}; run `dvc repro`.")
    st.caption(NOTE.strip())
    if found.pairs:
        st.subheader("May a difference be chance?", anchor=False)
        st.text("McNemar's test (mid-p), on the test pictures that two recipes share.")
        show_table(PAIRS, list_pairs(found.pairs))
    _show_reports(found)


def _show_reports(found: Comparison) -> None:
    reports: list[dict[str, Any]] = [each for each in found.recipes if each["report"]]
    if reports:
        st.subheader("Reports", anchor=False)
        st.text("Each of these files tells all of a recipe; open it in a browser.")
        show_table(("recipe", "report"), ((each["recipe"], each["report"]) for each in reports))
