"""Charts: inline SVG in the colours of the page, so that one drawing serves its light and dark theme, and PNG."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Points = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Colours:
    """What a chart is drawn with: its words, its grid, and up to three curves."""

    ink: str
    grid: str
    curves: tuple[str, str, str]


#: For PNG, on white.
PAPER = Colours("#5c646e", "#e2dfd7", ("#1c6e8c", "#c2571a", "#5c646e"))

#: For SVG: what matplotlib draws with, and the colour of the page that takes its place.
MARKS = Colours("#010101", "#020202", ("#030303", "#040404", "#050505"))
THEME = {
    MARKS.ink: "var(--muted)",
    MARKS.grid: "var(--line)",
    **dict(zip(MARKS.curves, ("var(--first)", "var(--second)", "var(--ink)"), strict=True)),
}

STYLES = ("-", "--", "-.")


@dataclass(frozen=True, slots=True)
class Chart:
    """One to three curves by name. ``whole`` asks for whole numbers on the x axis, ``diagonal`` for the line x = y."""

    title: str
    x: str
    y: str
    curves: Mapping[str, Points]
    whole: bool = False
    diagonal: bool = False
    size: tuple[float, float] = field(default=(3.4, 2.7))

    def draw(self, axes: "Axes", colours: Colours) -> None:
        """Draw the curves and say what they are."""
        from matplotlib.ticker import MaxNLocator

        for (name, (x, y)), colour, style in zip(self.curves.items(), colours.curves, STYLES, strict=False):
            # A curve of one epoch is a point, and would not be seen without a mark.
            axes.plot(x, y, style, color=colour, linewidth=1.8, marker="." if self.whole else "", label=name)
        if self.diagonal:
            axes.plot([0, 1], [0, 1], ":", color=colours.ink, linewidth=1)
        if len(self.curves) > 1:
            axes.legend(frameon=False, labelcolor=colours.ink)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=self.whole))
        axes.set_xlabel(self.x, color=colours.ink)
        axes.set_ylabel(self.y, color=colours.ink)


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares, 0 to 1, by name, the first on top."""

    title: str
    x: str
    shares: Mapping[str, float]
    size: tuple[float, float] = field(default=(6.8, 4.6))

    def draw(self, axes: "Axes", colours: Colours) -> None:
        """Draw the bars and say what they are."""
        axes.barh(list(self.shares), list(self.shares.values()), color=colours.curves[0], height=0.7)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xlabel(self.x, color=colours.ink)


def to_svg(chart: Chart | Bars) -> Markup:
    """Draw a chart as an SVG element of the page; the same chart gives the same bytes."""
    from matplotlib import rc_context

    # Text stays text, in the page's own font; the salt takes the place of a random one in the names of parts.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": chart.title, "font.size": 9}):
        written = io.StringIO()
        _draw(chart, MARKS).savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return Markup(_for_page(written.getvalue(), chart.title))  # noqa: S704 - matplotlib escapes what it writes


def to_png(chart: Chart | Bars) -> bytes:
    """Draw a chart as PNG, on white and with its title; the same chart gives the same bytes."""
    from matplotlib import rc_context

    with rc_context({"font.size": 9}):
        figure, written = _draw(chart, PAPER), io.BytesIO()
        figure.suptitle(chart.title)
        figure.savefig(written, format="png", dpi=150, metadata={"Software": None})
    return written.getvalue()


def _draw(chart: Chart | Bars, colours: Colours) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=chart.size, layout="constrained")
    axes = figure.add_subplot()
    chart.draw(axes, colours)
    axes.tick_params(colors=colours.ink, length=0)
    axes.grid(color=colours.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    return figure


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
