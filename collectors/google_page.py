"""What a page of Google Images is, and what it shows. Pure reading: nothing is loaded here."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bs4 import BeautifulSoup

from collectors.google_rules import RULES, Result, is_usable


class Kind(StrEnum):
    """The pages that a collector meets."""

    CONSENT = "consent"
    CAPTCHA = "captcha"
    CHALLENGE = "challenge"
    NO_RESULTS = "no-results"
    RESULTS = "results"
    UNKNOWN = "unknown"


#: How each kind is known, in the order of the questions: by address, then by something on the page.
_BY_ADDRESS = (
    (Kind.CONSENT, re.compile(r"^https?://consent\.")),
    (Kind.CAPTCHA, re.compile(r"^https?://[^/]+/sorry/")),
)
_BY_SELECTOR = (
    (Kind.CONSENT, 'form[action*="/save"] input[name="set_eom"], button#W0wltc'),
    (Kind.CAPTCHA, "form#captcha-form, form[action='CaptchaRedirect'], div.g-recaptcha"),
    (Kind.RESULTS, 'div[data-docid], div.isv-r[data-id], a[href*="imgurl="]'),
)
_BY_TEXT = (
    (Kind.CAPTCHA, re.compile(r"unusual traffic from your computer|/sorry/index|may be sending automated queries")),
    (Kind.NO_RESULTS, re.compile(r"did not match any|No results found for|aren.t many great matches")),
)

#: Every page says this to browsers without scripts; the challenge is a page that has nothing else.
_CHALLENGE, _BODY_OF_RESULTS = "/httpservice/retry/enablejs", "#rso, #center_col, #islmp"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as read: its kind, its results in the order shown, and how many each rule found by itself."""

    kind: Kind
    results: tuple[Result, ...]
    found: dict[str, int]


def read_page(source: str, url: str) -> Page:
    """Read a page as the browser shows it. Never raises: what cannot be read is not there."""
    soup = BeautifulSoup(source, "lxml")
    by_rule = {name: [result for result in rule(soup) if is_usable(result)] for name, rule in RULES}
    merged = merge([result for results in by_rule.values() for result in results])
    found = {name: len(merge(results)) for name, results in by_rule.items()}
    kind = Kind.RESULTS if merged else classify(soup, source, url)
    return Page(kind, tuple(_in_page_order(soup, merged)), found)


def classify(soup: BeautifulSoup, source: str, url: str) -> Kind:
    """Tell what kind of page this is."""
    for kind, address in _BY_ADDRESS:
        if address.match(url):
            return kind
    for kind, selector in _BY_SELECTOR:
        if soup.select_one(selector):
            return kind
    for kind, text in _BY_TEXT:
        if text.search(source):
            return kind
    return Kind.CHALLENGE if _CHALLENGE in source and not soup.select_one(_BODY_OF_RESULTS) else Kind.UNKNOWN


def merge(results: list[Result]) -> list[Result]:
    """Drop the results that are there already, by document or by address: the first one stays."""
    kept: list[Result] = []
    documents: set[str] = set()
    addresses: set[str] = set()
    for result in results:
        if result.docid not in documents and result.image_url not in addresses:
            kept.append(result)
            addresses.add(result.image_url)
            documents.update(filter(None, [result.docid]))
    return kept


def _in_page_order(soup: BeautifulSoup, results: list[Result]) -> list[Result]:
    """Sort by the place of the card; a result without one stays behind its neighbour."""
    cards = soup.select("[data-docid], .isv-r[data-id]")
    places = {str(card.get("data-docid") or card.get("data-id")): place for place, card in enumerate(cards)}
    place = -1
    placed: list[tuple[int, int, Result]] = []
    for number, result in enumerate(results):
        place = places.get(result.docid or "", place)
        placed.append((place, number, result))
    return [result for _, _, result in sorted(placed, key=lambda item: item[:2])]
