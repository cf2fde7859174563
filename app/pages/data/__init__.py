"""Data: what became of every picture, and a look at any of them."""

from collections.abc import Callable

import streamlit as st

from app.checking.detector_service import DetectorService
from app.pages.data import balance_view as balance
from app.pages.data import browse_view as browse
from app.pages.data import duplicates_view as duplicates
from app.pages.data import funnel_view as funnel
from app.pages.data import shortcuts_view as shortcuts
from app.widgets.passport_widget import show_passport
from pipeline.cards.escaping import in_markdown
from pipeline.lineage.manifests import Manifests
from pipeline.runtime.errors import TouchstoneError

NOTHING = "Nothing has been collected yet. In a terminal, run `make repro`; it collects pictures and builds the rest."

#: What can be looked at, each with what shows it. Only what is looked at is computed.
LOOKS: dict[str, Callable[[DetectorService, Manifests, str | None], None]] = {
    "Funnel": funnel.show,
    "Browse": browse.show,
    "Duplicates": duplicates.show,
    "Shortcuts": shortcuts.show,
    "Balance": balance.show,
}


def show(detectors: DetectorService) -> None:
    """Show the page."""
    st.title("Data", anchor=False)
    manifests = Manifests(detectors.paths)
    if not manifests.sources():
        st.info(NOTHING)
        return
    look = st.segmented_control(
        "Look at", list(LOOKS), default="Funnel", required=True, key="look", bind="query-params"
    )
    recipe = _choose_recipe(detectors, manifests)
    try:
        LOOKS[look or "Funnel"](detectors, manifests, recipe)
    except TouchstoneError as error:
        st.warning(in_markdown(str(error)))
    show_passport(detectors)


def _choose_recipe(detectors: DetectorService, manifests: Manifests) -> str | None:
    """Ask whose splits to show, where there are several; those of params.yaml come first."""
    divided = manifests.recipes()
    known = [name for name in detectors.params.recipes if name in divided]
    names = known + [name for name in divided if name not in known]
    if len(names) < 2:
        return next(iter(names), None)
    return st.selectbox("As divided by recipe", names, key="recipe", bind="query-params", width=360)
