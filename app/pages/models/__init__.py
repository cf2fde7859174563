"""Models: recipes side by side, and what is to be expected of each."""

from collections.abc import Callable

import streamlit as st

from app.desk import Desk
from app.pages.models import comparison, curves, history, robustness, threshold
from app.parts.finding import plain
from pipeline.parts.errors import TouchstoneError

NOTHING = "No detector has been trained and tested yet. In a terminal, run `make repro`; it trains one."

#: What can be looked at, each with what shows it. Only what is looked at is computed.
VIEWS: dict[str, Callable[[Desk], None]] = {
    "Compare": comparison.show,
    "Curves": curves.show,
    "Damage": robustness.show,
    "Threshold": threshold.show,
    "History": history.show,
}


def show(desk: Desk) -> None:
    """Show the page."""
    st.title("Models", anchor=False)
    if not desk.recipes():
        st.info(NOTHING)
        return
    view = st.segmented_control("View", list(VIEWS), default="Compare", required=True, key="view", bind="query-params")
    try:
        VIEWS[view or "Compare"](desk)
    except TouchstoneError as error:
        st.warning(plain(str(error)))
