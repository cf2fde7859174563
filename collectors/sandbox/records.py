r"""The records in the scripts of a result page. Sizes are height, then width.

Since February 2026 they are a JSON text in a JavaScript string, so that what was escaped as ``\u003d`` is
``\\u003d``, and each record stands there twice, side by side. Before, they were an object; and in the grid of 2020 to
2024, a list deep in another one.
"""

import base64
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from collectors.sandbox.pool import ListedPicture
from collectors.sandbox.search import fault, generation
from collectors.sandbox.site import Site, document_id

#: ``<`` too, or a title could end the script.
ESCAPED = "=&<>"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of the pictures that a query finds. ``first`` is the number of the first, ``asked`` its instructions."""

    pictures: Sequence[ListedPicture]
    first: int
    asked: set[str]


def script(site: Site, batch: Batch) -> str:
    """Write the script that holds the records of a batch, as the generation that is asked for has them."""
    return WRITERS[generation(batch.asked)](records(site, batch))


def records(site: Site, batch: Batch) -> list[Any]:
    """Write the records of a batch."""
    return [
        _record(site, picture, fault(batch.asked, number))
        for number, picture in enumerate(batch.pictures, batch.first)
    ]


def _script_2026(found: list[Any]) -> str:
    twice = {f"kX_{2 * number + again}": record for number, record in enumerate(found) for again in (0, 1)}
    content = script_json(twice).replace("\\", "\\\\").replace("'", r"\x27")
    return f"(function(){{var d='{content}';google.pmc=d;}})();"


def _script_2024(found: list[Any]) -> str:
    numbered = {f"kX_{number}": record for number, record in enumerate(found)}
    return f"(function(){{var m={script_json(numbered)};var a=m;google.m=a;}})();"


def _script_grid(found: list[Any]) -> str:
    data = [None] * 31 + [[[None] * 12 + [[None, None, found]]]]
    first = "AF_initDataCallback({key: 'ds:0', hash: '1', data:[], sideChannel: {}});"
    return f"{first}AF_initDataCallback({{key: 'ds:1', hash: '2', data:{script_json(data)}, sideChannel: {{}}}});"


def _script_bare(found: list[Any]) -> str:
    return f"google.b='{base64.b64encode(json.dumps(found).encode()).decode()}';"


WRITERS: dict[str, Callable[[list[Any]], str]] = {
    "2026": _script_2026,
    "2024": _script_2024,
    "grid": _script_grid,
    "bare": _script_bare,
}


def script_json(value: Any) -> str:
    r"""Write JSON that may stand in a script on a page.

    >>> script_json({"a": "</script>&="})
    '{"a":"\\u003c/script\\u003e\\u0026\\u003d"}'
    """
    text = json.dumps(value, separators=(",", ":"))
    for character in ESCAPED:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _record(site: Site, picture: ListedPicture, fault: str | None) -> list[Any]:
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
            [site.photo(picture, fault), picture.height, picture.width],
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
