"""Pictures that are the same or nearly, side by side: which stayed, and how far from it the others are."""

from math import ceil

import streamlit as st

from app.browsing.catalogue import Catalogue
from app.browsing.group_browser import PAGE, Duplicates, Group
from app.checking.detector_service import DetectorService
from app.widgets.gallery import draw_tiles, show_gallery
from app.widgets.page_links import turn_pages
from pipeline.lineage.manifests import Manifests, Row

ALL = "all"


def show(_: DetectorService, manifests: Manifests, recipe: str | None) -> None:
    """Show a page of groups, the largest first."""
    duplicates = Duplicates(manifests)
    counted = duplicates.count()
    if not counted:
        st.info("No two pictures are alike, or `deduplicate` has not run yet.")
        return
    chosen = st.selectbox("Groups with", [ALL, *counted], key="alike", bind="query-params", width=360)
    reason = None if chosen == ALL else chosen
    total = duplicates.total(reason)
    st.text(f"{total:,} groups. What lies between two pictures are bits of their hashes, which have 64.")
    number = turn_pages(ceil(total / PAGE), "groups")
    _show_groups(manifests, recipe, duplicates.page(reason, number - 1))


def _show_groups(manifests: Manifests, recipe: str | None, groups: list[Group]) -> None:
    keys = [(row["source"], row["rank"]) for group in groups for row in group.members]
    found = {(row["source"], row["rank"]): row for row in Catalogue(manifests, recipe).find(keys)}
    for group in groups:
        with st.container(border=True):
            apart = f"up to {group.diameter} bits apart" if group.diameter else "all of one hash"
            st.text(f"{group.pictures:,} pictures, {apart}")
            members = [row for row in group.members if (row["source"], row["rank"]) in found]
            rows = [found[row["source"], row["rank"]] for row in members]
            show_gallery(draw_tiles(manifests, rows, [_tell(row) for row in members]), f"group {group.name}")
            if group.pictures > len(members):
                st.text(f"… and {group.pictures - len(members):,} more")


def _tell(row: Row) -> str:
    if row["reason"] is None:
        return "stayed"
    if row["survivor_source"] is None:
        return f"dropped: {row['reason']}"
    return f"dropped: {row['reason']}, {row['distance']} bits from {row['survivor_source']} #{row['survivor_rank']}"
