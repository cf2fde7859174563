"""How results are read from a Google Images page: independent rules, because each generation of the page breaks some.

Sizes stand on the page as height, then width. Every rule skips what it cannot read.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import parse_qs

from bs4 import BeautifulSoup, Tag
from lxml import html

from collectors.http.addresses import MAX_ADDRESS


@dataclass(frozen=True, slots=True)
class Result:
    """One picture on a result page. ``image_url`` is its full-size address; sizes are in pixels as the page says.

    ``rule`` names the rule that found it. Some tell the ``thumbnail`` only.
    """

    image_url: str | None
    docid: str | None = None
    height: int | None = None
    width: int | None = None
    page_url: str | None = None
    title: str | None = None
    thumbnail: str | None = None
    rule: str | None = None


# One record of the page's script, at any level of escaping: "docid",["thumbnail",h,w],["full",h,w],x,y,"rgb(r,g,b)".
_IMAGE = r'\[\\*"(http[^"\\]*(?:\\+[^"\\]+)*)\\*",(\d{1,6}),(\d{1,6})\]'
_RECORD = re.compile(rf'\\*"([^"\\]{{1,200}})\\*",{_IMAGE},{_IMAGE},[^,]{{1,20}},[^,]{{1,20}},\\*"rgb\(')
# "2003":[null,"reference","page","title", where the escaping of the quotes around the title tells where it ends.
_DETAILS = re.compile(r'"2003\\*":\[null,\\*"[^"]*",\\*"(http[^"\\]*(?:\\+[^"\\]+)*)\\*",(\\*)"(.*?)(?<!\\)\2"')


def records_2026(page: BeautifulSoup) -> Iterator[Result]:
    """Read the script's records by pattern: since 2026 they are a string in a string, and each stands there twice."""
    for script in _scripts(page):
        matches = list(_RECORD.finditer(script))
        for match, following in zip_longest(matches, matches[1:]):
            end = following.start() if following else len(script)
            docid, thumbnail, _, _, full, height, width = match.groups()
            details = _DETAILS.search(script, match.end(), end)
            page_url, _, title = details.groups() if details else (None, None, None)
            yield Result(
                unescape(full),
                docid,
                int(height),
                int(width),
                page_url and unescape(page_url),
                title and unescape(title),
                unescape(thumbnail),
            )


def records_2024(page: BeautifulSoup) -> Iterator[Result]:
    """Read the script's records as JSON: ``var m={...}``, as the pages of 2024 and 2025 had them."""
    yield from _json_records(page, re.compile(r"\bvar m\s*=\s*(?=\{)"))


def grid(page: BeautifulSoup) -> Iterator[Result]:
    """Read the records of the grid of 2020 to 2024: ``AF_initDataCallback({key: 'ds:1', ..., data:[...]})``."""
    yield from _json_records(page, re.compile(r"(?s)AF_initDataCallback\(\{key:\s*'ds:1'.{0,200}?data:\s*(?=\[)"))


def cards(page: BeautifulSoup) -> Iterator[Result]:
    """Read the links that a card gets when it is hovered over or opened: ``/imgres?imgurl=...``."""
    for link in page.select('a[href*="imgurl="]'):
        card = link.find_parent(attrs={"data-docid": True})
        facts = parse_qs(str(link["href"]).partition("?")[2])
        picture = link.find("img")
        yield Result(
            _first(facts, "imgurl"),
            str(card["data-docid"]) if card else _first(facts, "tbnid"),
            _number(_first(facts, "h")),
            _number(_first(facts, "w")),
            _address(_first(facts, "imgrefurl")),
            str(picture.get("alt") or "") or None if isinstance(picture, Tag) else None,
            _thumbnail(picture),
        )


def thumbnails(page: BeautifulSoup) -> Iterator[Result]:
    """Read what the cards of the pages since 2024 show: a thumbnail, whose text is the title, and the source page."""
    for card in page.select("[data-docid]"):
        # Chips and icons come from the same host, but have no text.
        picture = card.select_one('img[alt]:not([alt=""])')
        if isinstance(picture, Tag):
            yield Result(
                None,
                str(card["data-docid"]),
                page_url=_address(str(card.get("data-lpage") or "")),
                title=_clean(str(picture["alt"])),
                thumbnail=_thumbnail(picture),
            )


def grid_thumbnails(page: BeautifulSoup) -> Iterator[Result]:
    """Read what the containers of the grid of 2020 to 2024 show; every 25th is none, but related searches.

    The path is that of a much copied tutorial, which skips these by their number; here, they lack the id.
    """
    if page.select_one("#islrg") is None:
        return
    for picture in html.fromstring(str(page)).xpath('//*[@id="islrg"]/div[1]/div[@data-id]/a[1]/div[1]/img'):
        (container,) = picture.xpath("ancestor::div[@data-id][1]")
        pages = container.xpath("./a[2]/@href")
        yield Result(
            None,
            str(container.get("data-id")),
            page_url=_address(str(pages[0])) if pages else None,
            title=str(picture.get("alt") or "") or None,
            thumbnail=_address(str(picture.get("data-src") or picture.get("src") or "")),
        )


#: In the order in which they are believed where they differ; those that tell thumbnails only come last.
RULES: tuple[tuple[str, Callable[[BeautifulSoup], Iterator[Result]]], ...] = (
    ("records-2026", records_2026),
    ("records-2024", records_2024),
    ("cards", cards),
    ("grid", grid),
    ("thumbnails", thumbnails),
    ("grid-thumbnails", grid_thumbnails),
)


def unescape(text: str) -> str:
    r"""Undo the escapes of a JavaScript string, however often they were applied.

    >>> unescape(r"https:\/\/example.org\/a.jpg?w\\u003d100\\u0026h=80")
    'https://example.org/a.jpg?w=100&h=80'
    """
    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
    text = re.sub(r"\\+x([0-9a-fA-F]{2})", lambda code: chr(int(code[1], 16)), text)
    text = re.sub(r"\\+([\"'/])", r"\1", text)
    # Letters beyond 16 bits come as two halves, which have to be put together.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_usable(result: Result) -> bool:
    """Return whether a result has an address that can be loaded."""
    address = result.image_url or result.thumbnail or ""
    return address.startswith(("http://", "https://")) and len(address) <= MAX_ADDRESS


def _scripts(page: BeautifulSoup) -> Iterator[str]:
    for script in page.find_all("script"):
        yield script.get_text()


def _json_records(page: BeautifulSoup, start: re.Pattern[str]) -> Iterator[Result]:
    for script in _scripts(page):
        for match in start.finditer(script):
            try:
                value, _ = json.JSONDecoder().raw_decode(script, match.end())
            except (ValueError, RecursionError):
                continue
            yield from _walk(value)


def _walk(value: Any) -> Iterator[Result]:
    """Find the records anywhere in a JSON value, in order; where they stand in it has changed too often."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        record = _record(value) if isinstance(value, list) else None
        if record:
            yield record
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            waiting.extend(reversed(value.values()))


def _record(value: list[Any]) -> Result | None:
    match value:
        case [_, str(docid), [str(thumbnail), int(), int(), *_], [str(full), int(height), int(width), *_], *rest]:
            details = next((part["2003"] for part in rest if isinstance(part, dict) and "2003" in part), None)
            page_url, title = _page(details)
            return Result(_clean(full), docid, height, width, page_url, title, _clean(thumbnail))
    return None


def _page(details: Any) -> tuple[str | None, str | None]:
    match details:
        case [_, _, str(page_url), str(title), *_]:
            return _address(page_url), _clean(title)
        case [_, _, str(page_url), *_]:
            return _address(page_url), None
    return None, None


def _clean(text: str) -> str:
    # JSON lets half a letter through, which no file can hold.
    return text.encode("utf-8", "replace").decode("utf-8")


def _address(text: str | None) -> str | None:
    return _clean(text) if text and text.startswith(("http://", "https://")) else None


def _first(facts: dict[str, list[str]], name: str) -> str | None:
    return next(iter(facts.get(name, [])), None)


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text) else None


def _thumbnail(picture: Any) -> str | None:
    if not isinstance(picture, Tag):
        return None
    return _address(str(picture.get("data-src") or picture.get("src") or ""))
