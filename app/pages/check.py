"""Check a picture: what the detectors say of it, and how far that can be trusted."""

import streamlit as st

from app.api.presence import watch_visitor
from app.checking.detector_service import DetectorService
from app.checking.findings import PictureFinding
from app.checking.uploads import Upload, UploadSession
from app.checking.verdict_text import explain_score
from app.widgets.detectors import show_detector
from app.widgets.finding_widget import show_finding
from pipeline.cards.escaping import in_markdown
from pipeline.decoding.decoder import LeftError

NO_DETECTOR = "There is no trained detector yet. In a terminal, run `make repro`; it trains one."

#: What the two ways in are called.
DROP = "Drop pictures here, or choose some"
PASTE = "Or paste a picture, or the address of one, and press Enter"

#: How many pictures are looked at and shown at a time.
EACH = 5


def show(detectors: DetectorService) -> None:
    """Show the page."""
    st.title("Check a picture", anchor=False)
    if not detectors.recipes():
        st.info(NO_DETECTOR)
        return
    st.markdown("Photograph or AI-generated? Pictures are looked at on this machine, and are gone when you leave.")
    visit = st.session_state.setdefault("visit", UploadSession())
    recipes = _choose(detectors)
    given = _take_in(detectors, visit)
    visit.forget_all_but(each.key for each in given)
    pages = -(-len(given) // EACH)
    place = (st.pagination(pages) if pages > 1 else 1) - 1
    for each in given[place * EACH : (place + 1) * EACH]:
        with st.container(border=True):
            _show_outcome(detectors, visit, each, recipes)


def _choose(detectors: DetectorService) -> list[str]:
    """Let the detectors be chosen that are asked, where there are several; say of each what may be said."""
    known = detectors.recipes()
    chosen = known
    if len(known) > 1:
        chosen = (
            st.multiselect("Detectors", known, default=known[:1], placeholder="Choose one or several") or known[:1]
        )
    for recipe in chosen:
        show_detector(detectors.detector(recipe).judge.detector)
    return chosen


def _take_in(detectors: DetectorService, visit: UploadSession) -> list[Upload]:
    """Take pictures in every way there is, the newest first."""
    dropped, pasted = st.columns(2, gap="medium")
    with dropped:
        st.markdown(DROP)
        files = st.file_uploader(DROP, accept_multiple_files=True, label_visibility="collapsed")
    with pasted:
        st.markdown(PASTE)
        said = st.chat_input("https://…", accept_file="multiple", key="pasted")
    if said:
        for file in said.files:
            visit.keep(file.name, file.getvalue())
        if address := said.text.strip():
            with st.spinner("Asking the server"):
                visit.fetch(detectors, address)
    return [*visit.kept, *(Upload(file.file_id, file.name, file.getvalue) for file in reversed(files))]


def _show_outcome(detectors: DetectorService, visit: UploadSession, given: Upload, recipes: list[str]) -> None:
    st.text(given.name)
    with st.spinner("Looking at it"):
        try:
            outcome = visit.ask(detectors, given, recipes, watch_visitor())
        except LeftError:
            st.stop()
    if isinstance(outcome, str):
        st.error(in_markdown(outcome), icon=":material/error:")
    elif len(outcome) == 1:
        show_finding(outcome[0], given.key)
    else:
        _compare(outcome, given.key)


def _compare(findings: list[PictureFinding], key: str) -> None:
    """Show what several detectors say side by side, and what each found."""
    for column, finding in zip(st.columns(len(findings)), findings, strict=True):
        said = finding.picture.judgement
        column.caption(finding.recipe)
        column.markdown(f"**{in_markdown(said.headline)}**")
        column.caption(in_markdown(explain_score(said)))
    for tab, finding in zip(st.tabs([finding.recipe for finding in findings]), findings, strict=True):
        with tab:
            show_finding(finding, f"{key}-{finding.recipe}")
