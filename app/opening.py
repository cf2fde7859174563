"""The desk of the browser app: opened once for all who look."""

from pathlib import Path

import streamlit as st

from app.desk import Desk


@st.cache_resource(show_spinner=False)
def open_desk(root: Path) -> Desk:
    """Open a project, with its first detector loaded if it has one, so that the first answer comes soon."""
    desk = Desk(root)
    if desk.recipes():
        desk.detector()
    return desk
