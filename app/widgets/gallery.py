"""Pictures side by side; a click, or Enter, on one opens its passport."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from app.browsing.thumbnail_cache import draw_thumbnails
from pipeline.lineage.manifests import Manifests, Row
from pipeline.storage.labels import Label

#: The side of a drawn picture in pixels.
SIDE = 160

#: What an address says of which picture's passport is asked for: ``?picture=cifake:12``.
PICTURE = "picture"

_HERE = Path(__file__).parent
_GALLERY = st.components.v2.component(
    "touchstone.gallery",
    html='<ul class="gallery"></ul>',
    css=(_HERE / "gallery.css").read_text(encoding="utf-8"),
    js=(_HERE / "gallery.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture to show: as data URI, or the ``problem`` why there is none; what stands below it, and its ``alt``."""

    key: str
    picture: str | None
    problem: str
    title: str
    words: str
    alt: str


def show_gallery(tiles: Iterable[Tile], key: str) -> None:
    """Show pictures. ``key`` is a name of this gallery that no other one on the page has."""
    _GALLERY(data=[asdict(tile) for tile in tiles], key=key, on_picked_change=lambda: _pick(key))


def _pick(key: str) -> None:
    picked = st.session_state[key].picked
    if picked:
        st.query_params[PICTURE] = picked


def draw_tiles(manifests: Manifests, rows: Sequence[Row], words: Sequence[str] | None = None) -> list[Tile]:
    """Draw the catalogue's rows, each with its fate below it, or with words of one's own."""
    drawn = draw_thumbnails(manifests, rows, SIDE)
    told = words or [tell_fate(row) for row in rows]
    return [_tile(row, drawn.get((row["source"], row["rank"])), each) for row, each in zip(rows, told, strict=True)]


def _tile(row: Row, picture: str | None, words: str) -> Tile:
    label = "unknown" if row["label"] is None else Label(row["label"]).name
    name = f"{row['source']} #{row['rank']}"
    problem = "cannot be decoded" if row["shard"] else "never fetched"
    return Tile(f"{row['source']}:{row['rank']}", picture, problem, label, words, f"{label} picture {name}, {words}")


def tell_fate(row: Row) -> str:
    """Describe where a picture is, or why it is nowhere.

    >>> tell_fate({"reason": None, "place": "val"}), tell_fate({"reason": "blank", "place": "dropped"})
    ('val', 'blank')
    """
    return str(row["reason"] or row["place"])
