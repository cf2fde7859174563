"""What is said of use by machine learning: ``noai, noimageai`` in the header of a picture or page, or on the page."""

import re
from collections.abc import Iterable, Iterator

import requests

from collectors.http.client import Client
from collectors.http.outcome import check_status

#: The words that opt out, as DeviantArt introduced them and img2dataset honours them.
OPT_OUTS = ("noai", "noimageai")

#: Bytes of a page that are looked at. Its head is at the beginning.
LONGEST = 256 * 2**10


#: Directives that have a value. What stands before any other colon is the name of a crawler.
VALUED = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
CRAWLER = re.compile(r"[a-z0-9_.*-]+")


def opt_out(headers: Iterable[str], product: str) -> str | None:
    """Return the words with which ``X-Robots-Tag`` opts out, or None. What follows a crawler's name is for that one.

    >>> opt_out(["noindex, NoAI", "noimageai, max-snippet: 20"], "touchstone")
    'noai, noimageai'
    >>> opt_out(["otherbot: noindex, noai, touchstone: noindex", "unavailable_after: 25 Jun 2027"], "touchstone")
    """
    return _words(directive for header in headers for directive in _directives(header.casefold(), product))


def _directives(header: str, product: str) -> Iterator[str]:
    """Return what a header says to a crawler. Dates have commas and colons, too; a part of one says nothing."""
    ours = True
    for directive in header.split(","):
        name, colon, rest = (part.strip() for part in directive.partition(":"))
        named = colon and name not in VALUED and CRAWLER.fullmatch(name)
        if named:
            ours = name in (product, "*")
        if ours:
            yield rest if named else directive


def meta_opt_out(html: bytes, product: str) -> str | None:
    """Return the words with which a page opts out in ``<meta name="robots">``, or under the crawler's own name.

    >>> meta_opt_out(b'<html><head><META content="NoAI, noindex" name=robots>', "touchstone")
    'noai'
    """
    from bs4 import BeautifulSoup
    from bs4.filter import SoupStrainer

    metas = BeautifulSoup(html, "lxml", parse_only=SoupStrainer("meta")).find_all("meta")
    names = ("robots", product)
    return _words(str(meta.get("content", "")) for meta in metas if str(meta.get("name", "")).casefold() in names)


def _words(texts: Iterable[str]) -> str | None:
    said = {word.strip().casefold() for text in texts for word in text.split(",")}
    return ", ".join(word for word in OPT_OUTS if word in said) or None


def read_page(response: requests.Response, client: Client, product: str) -> str | None:
    """Return the words with which the page in an answer opts out of what it shows, or None.

    Raises:
        StopError: there is no page.
    """
    check_status(response.status_code)
    said = opt_out(response.raw.headers.getlist("X-Robots-Tag"), product)
    if said or "html" not in response.headers.get("Content-Type", "").casefold():
        return said
    head = b""
    for chunk in client.chunks(response):
        head += chunk
        if b"</head" in head.lower() or len(head) >= LONGEST:
            break
    return meta_opt_out(head[:LONGEST], product)
