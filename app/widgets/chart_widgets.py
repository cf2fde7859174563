"""Charts in Okabe and Ito's colours, which people tell apart however they see colours, and by dashes besides.

Okabe and Ito, "Color universal design" (2008). All of them stand out on white as on black.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [1, 4])

#: The classes', the same everywhere.
CLASSES = {"REAL": COLOURS[0], "FAKE": COLOURS[1]}

HEIGHT = 300

#: Points of a curve beyond these are left out: a screen shows no more.
POINTS = 400


def thin(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out rows evenly until a screen can show them; the first and the last one stay."""
    if len(table) <= POINTS:
        return table
    places = [round(place * (len(table) - 1) / (POINTS - 1)) for place in range(POINTS)]
    return table.iloc[places]


def draw_lines(table: pd.DataFrame, x: alt.X, y: alt.Y, dashed: str = "kind", *, diagonal: bool = False) -> Any:
    """Draw a curve per value of the columns ``kind``, which is coloured, and ``dashed``; ``diagonal`` adds x = y."""
    encoded = _tell_apart(alt.Color, table, "kind", COLOURS), _tell_apart(alt.StrokeDash, table, dashed, DASHES)
    # A curve of one point would not be seen without a mark.
    line = alt.Chart(table).mark_line(point=len(table) <= 60, clip=True).encode(x, y, *encoded)
    if diagonal:
        ends = pd.DataFrame({"x": [0.0, 1.0]})
        line += alt.Chart(ends).mark_line(color="gray", strokeDash=[2, 4], strokeWidth=1).encode(x="x:Q", y="x:Q")
    return line.properties(height=HEIGHT)


def _tell_apart(channel: Any, table: pd.DataFrame, name: str, looks: Sequence[Any]) -> Any:
    """Return each value of a column one of some looks, in their order; those of many recipes have their turn again."""
    values = list(table[name].unique())
    scale = alt.Scale(domain=values, range=[looks[place % len(looks)] for place in range(len(values))])
    # What is told apart by dashes alone has no colour of its own.
    stroke = alt.Undefined if name == "kind" else "gray"
    legend = alt.Legend(orient="bottom", columns=1, labelLimit=0, symbolType="stroke", symbolStrokeColor=stroke)
    return channel(name, scale=scale, legend=legend, title=None)


def show_chart(chart: Any, alt_text: str) -> None:
    """Show a chart as wide as its place, with words for those who do not see it."""
    st.altair_chart(chart, width="stretch", alt=alt_text)
