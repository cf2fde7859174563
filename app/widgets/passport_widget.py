"""The passport of a picture, over whatever page is open: all that is on file of it."""

import streamlit as st
from markupsafe import Markup

from app.browsing.passport_lookup import PassportView, find_passports
from app.browsing.thumbnail_cache import draw_thumbnails
from app.checking.detector_service import DetectorService
from app.widgets.gallery import PICTURE, draw_tiles, show_gallery
from pipeline.lineage.manifests import Manifests
from pipeline.lineage.passport_text import Line

#: The side of the picture in pixels.
LARGE = 480

STYLE = Markup("""<style>
.passport th { text-align: left; vertical-align: top; padding: .15rem .9rem .15rem 0; font-weight: 400; opacity: .75; white-space: nowrap; }
.passport td { vertical-align: top; padding: .15rem 0; overflow-wrap: anywhere; }
.passport h3 { margin: 1rem 0 .2rem; padding: 0; font-size: 1.05rem; }
.passport h3:first-child { margin-top: 0; overflow-wrap: anywhere; font-size: .9rem; font-weight: 400; }
.portrait { width: 100%; max-width: 30rem; border-radius: .4rem; } .portrait.tiny { image-rendering: pixelated; }
</style>""")  # fmt: skip  # noqa: E501


def show_passport(detectors: DetectorService) -> None:
    """Open the passport of the picture that the page's address names; show nothing if it names none."""
    if PICTURE in st.query_params:
        _open(detectors)


def _close() -> None:
    st.query_params.pop(PICTURE, None)


@st.dialog("Passport of a picture", width="large", on_dismiss=_close)
def _open(detectors: DetectorService) -> None:
    asked, manifests = st.query_params.get(PICTURE, ""), Manifests(detectors.paths)
    found = find_passports(manifests, asked)
    if not found:
        st.info("No picture of this project has that name, id or address.")
    for told in found:
        _show(manifests, told)


def _show(manifests: Manifests, told: PassportView) -> None:
    left, right = st.columns([1, 2])
    key = (told.row["source"], told.row["rank"])
    picture = draw_thumbnails(manifests, [told.row], LARGE).get(key)
    with left:
        if picture:
            tiny = " tiny" if picture.startswith("data:image/png") else ""
            st.html(STYLE + Markup('<img class="portrait{}" src="{}" alt="{} number {}">').format(tiny, picture, *key))
        else:
            st.info("Its bytes cannot be decoded." if told.row["shard"] else "It was never fetched.")
    right.html(STYLE + _write(told.lines))
    if told.relatives:
        st.subheader("The same, or nearly", anchor=False)
        rows, words = zip(*told.relatives, strict=True)
        show_gallery(draw_tiles(manifests, rows, words), f"relatives of {key[0]}:{key[1]}")


def _write(lines: list[Line]) -> Markup:
    written, table = Markup(""), Markup("")
    for line in lines:
        if line.words is None:
            written += _table(table) + Markup("<h3>{}</h3>").format(line.title)
            table = Markup("")
        else:
            table += Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(line.title, line.words)
    return Markup('<div class="passport">{}</div>').format(written + _table(table))


def _table(rows: Markup) -> Markup:
    return Markup("<table>{}</table>").format(rows) if rows else rows
