"""What a server says of use by machine learning: the header ``X-Robots-Tag: noai, noimageai``."""

from collections.abc import Iterable

#: The words that opt out, as DeviantArt introduced them and img2dataset honours them.
OPT_OUTS = ("noai", "noimageai")


def opt_out(headers: Iterable[str], product: str) -> str | None:
    """Give the words with which a picture is opted out, or None. Each header may be for one crawler only.

    >>> opt_out(["noindex, NoAI", "noimageai"], "touchstone")
    'noai, noimageai'
    >>> opt_out(["otherbot: noai", "unavailable_after: 25 Jun 2027"], "touchstone")
    """
    said = set()
    for header in headers:
        crawler, colon, words = header.rpartition(":")
        if not colon or crawler.strip().casefold() == product:
            said |= {word.strip().casefold() for word in words.split(",")}
    return ", ".join(word for word in OPT_OUTS if word in said) or None
