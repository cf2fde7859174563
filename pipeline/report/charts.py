"""Curves as inline SVG, in the colours of the page, so that one drawing serves its light and its dark theme."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

Points = tuple[Sequence[float], Sequence[float]]

#: What matplotlib draws with, and the colour of the page that takes its place.
INK, GRID, FIRST, SECOND = "#010101", "#020202", "#030303", "#040404"
THEME = {INK: "var(--muted)", GRID: "var(--line)", FIRST: "var(--first)", SECOND: "var(--second)"}


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart says besides its curves. ``whole`` asks for whole numbers on the x axis."""

    title: str
    x: str
    y: str
    whole: bool = False
    diagonal: bool = False


def draw_curves(chart: Chart, curves: Mapping[str, Points]) -> Markup:
    """Draw one or two curves as an SVG element; the same curves give the same bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    # Text stays text, in the page's own font; the salt takes the place of a random one in the names of parts.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": chart.title, "font.size": 9}):
        figure = Figure(figsize=(3.4, 2.7), layout="constrained")
        axes = figure.add_subplot()
        for (name, (x, y)), colour, style in zip(curves.items(), (FIRST, SECOND), ("-", "--"), strict=False):
            # A curve of one epoch is a point, and would not be seen without a mark.
            axes.plot(x, y, style, color=colour, linewidth=1.8, marker="." if chart.whole else "", label=name)
        if chart.diagonal:
            axes.plot([0, 1], [0, 1], ":", color=INK, linewidth=1)
        if len(curves) > 1:
            axes.legend(frameon=False, labelcolor=INK)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=chart.whole))
        axes.set_xlabel(chart.x, color=INK)
        axes.set_ylabel(chart.y, color=INK)
        axes.tick_params(colors=INK, length=0)
        axes.grid(color=GRID, linewidth=0.6)
        axes.spines[:].set_visible(False)
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return Markup(_for_page(written.getvalue(), chart.title))  # noqa: S704 - matplotlib escapes what it writes


def _for_page(svg: str, title: str) -> str:
    """Make a drawing an element of the page: no prolog, no style of its own for the whole page, the page's colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'font: ([\d.]+px)[^;"]*', r"font-size: \1", svg)
    for drawn, colour in THEME.items():
        svg = svg.replace(drawn, colour)
    size = re.compile(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', re.DOTALL)
    return size.sub(rf'<svg viewBox="\1" role="img" aria-label="{Markup.escape(title)}">', svg, count=1)
