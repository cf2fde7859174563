"""What may be said of a detector, as pages open with it."""

import streamlit as st

from pipeline.cards.escaping import in_markdown
from pipeline.judgement.detector_judgement import DetectorJudgement


def show_detector(judgement: DetectorJudgement) -> None:
    """Show what may be said of a detector; where it cannot be judged, with what to do, as a warning."""
    if judgement.judged:
        st.info(in_markdown(judgement.headline), icon=":material/info:")
        return
    remedies = [f"What to do: {remedy}." for remedy in judgement.remedies]
    st.warning("  \n".join(in_markdown(line) for line in (judgement.headline, *remedies)), icon=":material/warning:")
