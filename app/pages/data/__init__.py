"""Data: what became of every picture, and a look at any of them."""

from collections.abc import Callable

import streamlit as st

from app.desk import Desk
from app.pages.data import balance, browse, duplicates, funnel, shortcuts
from app.parts.finding import plain
from app.parts.passport import show_passport
from pipeline.parts.errors import TouchstoneError
from touchstone.lineage.manifests import Manifests

NOTHING = "Nothing has been collected yet. In a terminal, run `make repro`; it collects pictures and builds the rest."

#: What can be looked at, each with what shows it. Only what is looked at is computed.
LOOKS: dict[str, Callable[[Desk, Manifests, str | None], None]] = {
    "Funnel": funnel.show,
    "Browse": browse.show,
    "Duplicates": duplicates.show,
    "Shortcuts": shortcuts.show,
    "Balance": balance.show,
}


def show(desk: Desk) -> None:
    """Show the page."""
    st.title("Data", anchor=False)
    manifests = Manifests(desk.paths)
    if not manifests.sources():
        st.info(NOTHING)
        return
    look = st.segmented_control(
        "Look at", list(LOOKS), default="Funnel", required=True, key="look", bind="query-params"
    )
    recipe = _choose_recipe(desk, manifests)
    try:
        LOOKS[look or "Funnel"](desk, manifests, recipe)
    except TouchstoneError as error:
        st.warning(plain(str(error)))
    show_passport(desk)


def _choose_recipe(desk: Desk, manifests: Manifests) -> str | None:
    """Ask whose splits to show, where there are several; those of params.yaml come first."""
    divided = manifests.recipes()
    known = [name for name in desk.params.recipes if name in divided]
    names = known + [name for name in divided if name not in known]
    if len(names) < 2:
        return next(iter(names), None)
    return st.selectbox("As divided by recipe", names, key="recipe", bind="query-params", width=360)
