"""The funnel as a Sankey diagram: each source a band that gets thinner wherever pictures are dropped. Inline SVG."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from pipeline.readers.funnel import Funnel, Row, Step

#: Of the drawing, in its own units: size, width of a bar, space between sources, above for titles.
WIDTH, HEIGHT, BAR, GAP, TOP = 720.0, 300.0, 8.0, 5.0, 18.0

#: How far the stub of dropped pictures reaches.
STUB = 26.0

#: A band that is thinner does not carry its source's name; hovering over it tells it.
LEGIBLE = 10.0

PARTS = ("train", "val", "test")

#: The space between two of them, in gaps.
PART_GAPS = 3


@dataclass(slots=True)
class _Drawing:
    """The columns' places and the scale, and for every bar how much of it has been given on."""

    columns: list[Step]
    parts: list[Step]
    scale: float
    given: dict[tuple[int, str], float] = field(default_factory=dict)

    def x(self, column: int) -> float:
        return column * (WIDTH - BAR) / len(self.columns)

    def tops(self, column: int) -> dict[str, float]:
        """Return the upper ends of a column's bars, by source."""
        tops, y = {}, TOP
        for row in self.columns[column].rows:
            tops[row.source] = y
            y += row.given * self.scale + GAP
        return tops


def draw_sankey(funnel: Funnel) -> Markup:
    """Draw the funnel as an SVG element; what is hovered over tells its numbers."""
    steps = {step.stage: step for step in funnel.steps}
    found = Step("found", tuple(_as_found(row) for row in funnel.steps[0].rows))
    parts = [steps[name] for name in PARTS if name in steps]
    between = [step for step in funnel.steps if step.stage not in {*PARTS, "augment"}]
    total = sum(row.given for row in found.rows) or 1
    spaces = max(len(found.rows), PART_GAPS * len(parts))
    drawing = _Drawing([found, *between], parts, (HEIGHT - GAP * spaces) / total)
    shapes = Markup("").join([*_bars(drawing), *_bands(drawing), *_last_bands(drawing)])
    view = f"0 0 {WIDTH:.0f} {HEIGHT + TOP + GAP:.0f}"
    return Markup('<svg viewBox="{}" role="img" aria-label="Pictures through the stages">{}</svg>').format(
        view, shapes
    )


def _as_found(row: Row) -> Row:
    return Row(row.source, row.taken, row.taken, row.real, row.fake, {})


def _colour(row: Row) -> str:
    if row.real and row.fake:
        return "var(--both)"
    return "var(--fake)" if row.fake else "var(--real)"


def _bars(drawing: _Drawing) -> Iterator[Markup]:
    for number, step in enumerate(drawing.columns):
        x, tops = drawing.x(number), drawing.tops(number)
        yield _text(x, step.stage)
        for row in step.rows:
            height = row.given * drawing.scale
            yield _bar(x, tops[row.source], height, _colour(row), f"{row.source}: {row.given:,}")
            if number == 0 and height > LEGIBLE:
                yield _text(x + BAR + 4, row.source, tops[row.source] + height / 2 + 4)


def _bands(drawing: _Drawing) -> Iterator[Markup]:
    for number, step in enumerate(drawing.columns[1:], start=1):
        before, here = drawing.tops(number - 1), drawing.tops(number)
        for row in step.rows:
            height, start = row.given * drawing.scale, before[row.source]
            ends = (drawing.x(number - 1) + BAR, start, drawing.x(number), here[row.source])
            yield _band(ends, height, _colour(row), f"{row.source}, {step.stage}: {row.given:,}")
            if row.dropped:
                reasons = ", ".join(f"{reason} {count:,}" for reason, count in row.dropped.items())
                left = sum(row.dropped.values()) * drawing.scale
                stub = (ends[0], start + height, ends[0] + STUB, start + height + GAP)
                yield _band(stub, left, "var(--muted)", f"{row.source}, dropped by {step.stage}: {reasons}")


def _last_bands(drawing: _Drawing) -> Iterator[Markup]:
    """Draw from the last column's sources to train, val and test."""
    x, start = drawing.x(len(drawing.columns)), drawing.tops(len(drawing.columns) - 1)
    y = TOP
    for part in drawing.parts:
        height = sum(row.given for row in part.rows) * drawing.scale
        yield _bar(x, y, height, "var(--ink)", f"{part.stage}: {sum(row.given for row in part.rows):,}")
        yield _text(x - 4, part.stage, y + 10, "end")
        for row in part.rows:
            thick = row.given * drawing.scale
            ends = (drawing.x(len(drawing.columns) - 1) + BAR, start[row.source], x, y)
            yield _band(ends, thick, _colour(row), f"{row.source}, {part.stage}: {row.given:,}")
            start[row.source] += thick
            y += thick
        y += GAP * PART_GAPS


def _text(x: float, words: str, y: float = TOP - 6, anchor: str = "") -> Markup:
    anchor = anchor or ("start" if x < WIDTH / 2 else "middle")
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="var(--muted)" font-size="11">{}</text>').format(
        x, y, anchor, words
    )


def _bar(x: float, y: float, height: float, colour: str, title: str) -> Markup:
    return Markup('<rect x="{:.1f}" y="{:.2f}" width="{}" height="{:.2f}" fill="{}"><title>{}</title></rect>').format(
        x, y, BAR, height, colour, escape(title)
    )


def _band(ends: tuple[float, float, float, float], height: float, colour: str, title: str) -> Markup:
    x0, y0, x1, y1 = ends
    middle = (x0 + x1) / 2
    path = (
        f"M{x0:.1f} {y0:.2f}C{middle:.1f} {y0:.2f} {middle:.1f} {y1:.2f} {x1:.1f} {y1:.2f}v{height:.2f}"
        f"C{middle:.1f} {y1 + height:.2f} {middle:.1f} {y0 + height:.2f} {x0:.1f} {y0 + height:.2f}Z"
    )
    return Markup('<path d="{}" fill="{}" opacity=".35"><title>{}</title></path>').format(path, colour, escape(title))
