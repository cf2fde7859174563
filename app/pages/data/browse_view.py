"""Browsing: the pictures of a source, class, split or reason, a page at a time."""

from collections.abc import Sequence
from math import ceil

import streamlit as st

from app.browsing.catalogue import PAGE, PLACES, Catalogue, Filter
from app.checking.detector_service import DetectorService
from app.widgets.gallery import PICTURE, draw_tiles, show_gallery
from app.widgets.page_links import turn_pages
from pipeline.lineage.manifests import Manifests, Row
from pipeline.storage.labels import Label

ALL = "all"


def show(_: DetectorService, manifests: Manifests, recipe: str | None) -> None:
    """Show what can be asked for, how many pictures that are, and a page of them."""
    catalogue = Catalogue(manifests, recipe)
    counted = catalogue.count()
    wanted = _ask(counted)
    count = sum(row["pictures"] for row in counted if wanted.fits(row))
    st.text(f"{count:,} of {sum(row['pictures'] for row in counted):,} pictures")
    if not count:
        return
    number = turn_pages(ceil(count / PAGE), "page")
    show_gallery(draw_tiles(manifests, catalogue.page(wanted, number - 1)), "pictures")


def _ask(counted: list[Row]) -> Filter:
    """Ask for a source, a class, a place and a reason, of those that there are, and for one picture by its name."""
    columns = st.columns(5, vertical_alignment="bottom")
    source = _choose(columns[0], "Source", "source", sorted({row["source"] for row in counted}))
    label = _choose(columns[1], "Class", "label", [each.name for each in Label])
    places = {row["place"] for row in counted}
    place = _choose(columns[2], "Where", "place", [each for each in PLACES if each in places])
    reason = _choose(columns[3], "Dropped for", "reason", sorted({row["reason"] for row in counted if row["reason"]}))
    columns[4].text_input("Open by id or address", key="named", on_change=_open_named)
    return Filter(source, None if label is None else Label[label], place, reason)


def _choose(where: "st.delta_generator.DeltaGenerator", title: str, key: str, values: Sequence[str]) -> str | None:
    chosen = where.selectbox(title, [ALL, *values], key=key, bind="query-params", on_change=_start_over)
    return None if chosen == ALL else chosen


def _start_over() -> None:
    st.session_state["page"] = 1


def _open_named() -> None:
    named = st.session_state["named"].strip()
    if named:
        st.query_params[PICTURE] = named
        st.session_state["named"] = ""
