"""Check a picture: what the detectors say of it, and how far that can be trusted."""

import streamlit as st

from app.desk import Desk
from app.refusal import explain_refusal
from pipeline.parts.pictures import PictureError

NO_DETECTOR = "There is no trained detector yet. In a terminal, run `make repro`; it trains one."


def show(desk: Desk) -> None:
    """Show the page."""
    st.title("Check a picture")
    if not desk.recipes():
        st.info(NO_DETECTOR)
        return
    recipe = st.selectbox("Detector", desk.recipes())
    for file in st.file_uploader("Pictures", accept_multiple_files=True):
        with st.container(border=True):
            _show_answer(desk, recipe, file.name, file.getvalue())


def _show_answer(desk: Desk, recipe: str, name: str, data: bytes) -> None:
    try:
        check = desk.check(data, recipe)
    except PictureError as error:
        st.text(name)
        st.error(explain_refusal(error))
        return
    st.image(check.opened.picture, caption=name, width=240)
    st.subheader(check.verdict.words)
    st.markdown(f"P(FAKE) = {check.verdict.score:.3f}")
