"""The funnel: how many pictures each stage took and gave, and why the others went."""

import base64
from collections import Counter

import streamlit as st
from markupsafe import Markup

from app.checking.detector_service import DetectorService
from app.widgets.chart_widgets import CLASSES
from app.widgets.table_widgets import show_table
from pipeline.evaluation.display_names import REASONS, STEPS
from pipeline.lineage.manifests import Manifests
from pipeline.readers.funnel import Funnel, Step, read_funnel
from pipeline.report.sankey import draw_sankey
from pipeline.runtime.console import reasons
from pipeline.runtime.errors import StageMissingError

#: The colours that the drawing names. Greys that stand out on white as on black are for what has both classes.
COLOURS = {"real": CLASSES["REAL"], "fake": CLASSES["FAKE"], "both": "#8d8498", "muted": "#808890", "ink": "#808890"}

#: On a phone the drawing is wider than the screen, and can be moved.
FRAME = Markup(
    '<div style="overflow-x: auto">'
    '<img style="min-width: 34rem; width: 100%; max-width: 56rem" src="{}" alt="{}"></div>'
)


def show(detectors: DetectorService, _: Manifests, recipe: str | None) -> None:
    """Show how many pictures came through, as drawing and as tables."""
    if recipe is None:
        raise StageMissingError(detectors.paths.datasets / "split", "split@" + detectors.params.recipes[0])
    funnel = read_funnel(detectors.paths, detectors.params, recipe)
    st.html(FRAME.format(_draw(funnel), "Pictures through the stages; the table below tells the same."))
    st.caption("Blue are photographs, orange are fakes, grey are sources of both classes, and what was dropped.")
    show_table(("stage", "pictures that are", "REAL>", "FAKE>", "dropped, and why"), map(_row, funnel.steps))
    _show_reasons(funnel)
    with st.expander("By source"):
        _show_sources(funnel)


def _draw(funnel: Funnel) -> str:
    """Draw the funnel as the address of a picture: Streamlit shows no drawing that stands in a page itself."""
    drawing = str(draw_sankey(funnel)).replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" '
    )
    for name, colour in COLOURS.items():
        drawing = drawing.replace(f"var(--{name})", colour)
    return "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()


def _row(step: Step) -> tuple[object, ...]:
    real, fake = sum(row.real for row in step.rows), sum(row.fake for row in step.rows)
    return step.stage, STEPS.get(step.stage, ""), real, fake, reasons(_dropped(step)) or None


def _dropped(step: Step) -> Counter[str]:
    return sum((Counter(row.dropped) for row in step.rows), Counter())


def _show_reasons(funnel: Funnel) -> None:
    """Offer the pictures that went for each reason, the most frequent first."""
    counted = sum((_dropped(step) for step in funnel.steps), Counter[str]())
    if not counted:
        return
    st.subheader("Look at what was dropped", anchor=False)
    for reason, count in counted.most_common():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(f"{reason}: {count:,}", on_click=_browse, args=(reason,))
            st.text(REASONS.get(reason, ""))


def _browse(reason: str) -> None:
    for key, value in {"look": "Browse", "source": "all", "label": "all", "place": "all", "reason": reason}.items():
        st.session_state[key] = value


def _show_sources(funnel: Funnel) -> None:
    columns = ("source", *(f"{step.stage}>" for step in funnel.steps))
    given = {(row.source, step.stage): row.given for step in funnel.steps for row in step.rows}
    sources = [row.source for row in funnel.steps[0].rows]
    show_table(columns, ((source, *(given[source, step.stage] for step in funnel.steps)) for source in sources))
    rows = [
        (step.stage, row.source, reasons(row.dropped)) for step in funnel.steps for row in step.rows if row.dropped
    ]
    show_table(("stage", "source", "dropped, and why"), rows)
