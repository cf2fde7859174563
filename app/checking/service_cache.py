"""The desk of the browser app: opened once for all who look, and again when there is something new to look at."""

from pathlib import Path

import streamlit as st

from app.checking.detector_service import DetectorService
from app.checking.findings import find
from pipeline.judgement.detector_judgement import FILE as JUDGEMENT
from pipeline.runtime.paths import PARAMS, Paths

#: A picture of one dot.
_BLANK = bytes.fromhex("47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b")


def open_detectors(root: Path) -> DetectorService:
    """Return a project's desk, with its first detector loaded if it has one, so that the first answer comes soon."""
    return _open(root, _stamp(root))


@st.cache_resource(max_entries=1, show_spinner=False)
def _open(root: Path, stamp: tuple[int, ...]) -> DetectorService:  # noqa: ARG001 - another stamp, another desk
    detectors = DetectorService(root)
    if detectors.recipes():
        # Networks are traced when they are first asked, which takes longer than any answer.
        find(detectors, "", detectors.open(_BLANK), detectors.detector().recipe)
    return detectors


def _stamp(root: Path) -> tuple[int, ...]:
    """Return a project from what it was before its params were edited or a detector was trained."""
    files = [root / PARAMS, *sorted(Paths(root).results("").glob(f"*/{JUDGEMENT}"))]
    return tuple(file.stat().st_mtime_ns for file in files if file.is_file())
