"""How a finding is laid out: the judgement first, then what it rests on, then what else is known of the picture."""

import streamlit as st

from app.checking.findings import PictureFinding
from app.checking.verdict_text import explain_held, explain_known, explain_score, tell_evidence
from app.sharing.shared_card import draw_card
from app.sharing.shared_page import draw_scale, write_page
from pipeline.cards.escaping import in_markdown
from pipeline.evaluation.display_names import name_damage

SEEN, LIT = "The picture", "Where it looked"


def show_finding(finding: PictureFinding, key: str) -> None:
    """Show all that was found; ``key`` tells its buttons from those of others."""
    beside, said = st.columns([2, 3], gap="medium")
    with beside:
        _show_picture(finding, key)
    with said:
        judgement = finding.picture.judgement
        st.subheader(in_markdown(judgement.headline), anchor=False)
        for sentence in judgement.sentences[1:]:
            st.markdown(in_markdown(sentence))
        st.html(draw_scale(finding))
        st.caption(in_markdown(explain_score(judgement)))
        _offer(finding, key)
    for column, show in zip(st.columns(3, gap="medium"), (_show_evidence, _show_known, _show_held), strict=True):
        with column:
            show(finding)


def _show_picture(finding: PictureFinding, key: str) -> None:
    view = _choose_view(key) if finding.lit else SEEN
    if view == LIT and finding.lit:
        called = finding.picture.judgement.called
        st.image(finding.lit, alt=f"The picture in grey; the places that spoke for a score of {called} are marked")
        st.caption(f"Yellow: what spoke most for a score of {called} (Grad-CAM).")
    else:
        st.image(finding.seen, alt="The picture that was checked")
        if finding.unlit:
            st.caption(in_markdown(finding.unlit))


def _choose_view(key: str) -> str:
    return str(
        st.segmented_control(
            "What to show", (SEEN, LIT), default=SEEN, required=True, key=f"{key}-view", label_visibility="collapsed"
        )
    )


def _show_evidence(finding: PictureFinding) -> None:
    st.markdown("**What the file says**")
    evidence = finding.picture.evidence
    st.markdown(in_markdown(tell_evidence(evidence)))


def _show_known(finding: PictureFinding) -> None:
    st.markdown("**In the data set**")
    for line in explain_known(finding.picture.known or []):
        st.markdown(in_markdown(line))


def _show_held(finding: PictureFinding) -> None:
    st.markdown("**Stored again**")
    stored = finding.picture.stored_again or []
    st.markdown(in_markdown(explain_held(stored)))
    with st.expander("Each way"):
        rows = [
            f"| {name_damage(each.damage)} | {each.score:.3f} | {'yes' if each.same else 'no'} |" for each in stored
        ]
        st.markdown("\n".join(["| after | P(FAKE) | the same |", "|---|---:|---|", *rows]))


def _offer(finding: PictureFinding, key: str) -> None:
    """Offer the finding as files. None is made before somebody asks, and none on this machine's disk."""
    name = f"check-{finding.picture.id[:12]}-{finding.recipe}"
    with st.popover("Share", icon=":material/share:"):
        for label, suffix, mime, make in (
            ("Card (PNG)", "png", "image/png", lambda: draw_card(finding)),
            ("Page (HTML)", "html", "text/html", lambda: write_page(finding)),
            ("For programs (JSON)", "json", "application/json", lambda: finding.answer.model_dump_json(indent=2)),
        ):
            st.download_button(
                label, make, f"{name}.{suffix}", mime, key=f"{key}-{suffix}", on_click="ignore", width="stretch"
            )
