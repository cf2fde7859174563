r"""The records in the scripts of a result page, in the form that they have had since February 2026.

A JSON text in a JavaScript string, so that what was escaped as ``\u003d`` is ``\\u003d``, and each record twice, side
by side. Sizes are height, then width.
"""

import io
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from collectors.sandbox.pool import Listed
from collectors.sandbox.site import Site, document_id

#: ``<`` too, or a title could end the script.
ESCAPED = "=&<>"


def script(site: Site, pictures: Sequence[Listed], first: int) -> str:
    """Write the script that holds the records of a batch. ``first`` is the number of its first picture."""
    records: dict[str, Any] = {}
    for number, picture in enumerate(pictures, first):
        record = _record(site, picture)
        records[f"kX_{2 * number}"] = record
        records[f"kX_{2 * number + 1}"] = record
    content = script_json(records).replace("\\", "\\\\").replace("'", r"\x27")
    return f"(function(){{var d='{content}';google.pmc=d;}})();"


def script_json(value: Any) -> str:
    r"""Write JSON that may stand in a script on a page.

    >>> script_json({"a": "</script>&="})
    '{"a":"\\u003c/script\\u003e\\u0026\\u003d"}'
    """
    text = json.dumps(value, separators=(",", ":"))
    for character in ESCAPED:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _record(site: Site, picture: Listed) -> list[Any]:
    with Image.open(io.BytesIO(picture.thumbnail)) as thumbnail:
        width, height = thumbnail.size
        colour = thumbnail.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    docid = document_id(picture.name)
    host = urlsplit(picture.page_url).hostname
    page = [None, f"r{docid}", picture.page_url, picture.title, *[None] * 8, host, *[None] * 4, host]
    return [
        1,
        [
            0,
            docid,
            [site.thumbnail(picture), height, width],
            [site.photo(picture), picture.height, picture.width],
            None,
            0,
            f"rgb{colour}".replace(" ", ""),
            None,
            0,
            {
                "2000": [None, host, f"{max(1, len(picture.data) // 1024)}KB"],
                "2003": page,
                "2008": [None, picture.title],
            },
        ],
    ]
