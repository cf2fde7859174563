"""Models: recipes side by side, and what is to be expected of each."""

from collections.abc import Callable

import streamlit as st

from app.checking.detector_service import DetectorService
from app.pages.models import comparison_view as comparison
from app.pages.models import curves_view as curves
from app.pages.models import history_view as history
from app.pages.models import robustness_view as robustness
from app.pages.models import threshold_view as threshold
from pipeline.cards.escaping import in_markdown
from pipeline.runtime.errors import TouchstoneError

NOTHING = "No detector has been trained and tested yet. In a terminal, run `make repro`; it trains one."

#: What can be looked at, each with what shows it. Only what is looked at is computed.
VIEWS: dict[str, Callable[[DetectorService], None]] = {
    "Compare": comparison.show,
    "Curves": curves.show,
    "Damage": robustness.show,
    "Threshold": threshold.show,
    "History": history.show,
}


def show(detectors: DetectorService) -> None:
    """Show the page."""
    st.title("Models", anchor=False)
    if not detectors.recipes():
        st.info(NOTHING)
        return
    view = st.segmented_control("View", list(VIEWS), default="Compare", required=True, key="view", bind="query-params")
    try:
        VIEWS[view or "Compare"](detectors)
    except TouchstoneError as error:
        st.warning(in_markdown(str(error)))
