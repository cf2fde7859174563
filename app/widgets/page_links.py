"""Turning pages."""

import streamlit as st


def turn_pages(count: int, key: str) -> int:
    """Offer ``count`` pages and give the number of the one asked for, from 1; the address knows it under ``key``."""
    # What was asked for before may have had more of them.
    if st.session_state.get(key, 1) > count:
        st.session_state[key] = count
    return st.pagination(count, key=key, bind="query-params")
