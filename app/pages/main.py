"""What Streamlit runs for every look at the browser app: the project's desk, the pages, and the one asked for."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from app.checking.detector_service import DetectorService
from app.checking.service_cache import open_detectors
from app.pages import PAGES, AppPage
from pipeline.cards.escaping import in_markdown
from pipeline.runtime.errors import TouchstoneError
from pipeline.runtime.paths import find_root

#: The tab's icon lies here: a browser would fetch those that Streamlit knows by name from the internet.
ICON = Path(__file__).with_name("icon.svg")


def main() -> None:
    """Show the page that is asked for."""
    st.set_page_config(page_title="Touchstone", page_icon=ICON, layout="wide")
    detectors = open_detectors(find_root())
    pages = [_enter(page, detectors) for page in PAGES]
    shown = st.navigation(pages, position="top")
    try:
        shown.run()
    except TouchstoneError as error:
        st.error(in_markdown(str(error)), icon=":material/error:")


def _enter(page: AppPage, detectors: DetectorService) -> Any:
    """Make a page known to Streamlit, which shows the one without an address of its own first."""
    return st.Page(
        partial(page.show, detectors),
        title=page.title,
        icon=page.icon,
        url_path=page.url_path,
        default=not page.url_path,
    )


if __name__ == "__main__":
    main()
