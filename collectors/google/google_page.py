"""What a page of Google Images is, and what it shows. Pure reading: nothing is loaded here."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from bs4 import BeautifulSoup

from collectors.google.google_rules import RULES, Result, is_usable


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
class ResultPage:
    """A page as read: its kind, its results in the order shown, and how many each rule found by itself.

    ``unread`` counts the cards of which no rule can read anything, not even a thumbnail.
    """

    kind: Kind
    results: tuple[Result, ...]
    found: dict[str, int]
    unread: int

    def after(self, earlier: "ResultPage") -> "ResultPage":
        """Return what both show: a page that grows may lose its beginning, and a refusal shows nothing any more."""
        results = tuple(_merge([*earlier.results, *self.results]))
        found = {rule: max(count, earlier.found[rule]) for rule, count in self.found.items()}
        return ResultPage(self.kind, results, found, self.unread)


def read_page(source: str, url: str) -> ResultPage:
    """Read a page as the browser shows it. Never raises: what cannot be read is not there."""
    soup = BeautifulSoup(source, "lxml")
    by_rule = {
        name: _merge([replace(result, rule=name) for result in rule(soup) if is_usable(result)])
        for name, rule in RULES
    }
    merged = _merge([result for results in by_rule.values() for result in results])
    kind = Kind.RESULTS if merged else classify(soup, source, url)
    places = _places(soup)
    unread = len(places.keys() - {result.docid for result in merged})
    found = {name: len(results) for name, results in by_rule.items()}
    return ResultPage(kind, tuple(_in_page_order(places, merged)), found, unread)


def classify(soup: BeautifulSoup, source: str, url: str) -> Kind:
    """Return what kind of page this is."""
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


def _merge(results: list[Result]) -> list[Result]:
    """Drop the results that are there already, by document or by address: the first one stays, unless it is less."""
    kept: dict[int, Result] = {}
    by_key: dict[str, int] = {}
    for number, result in enumerate(results):
        keys = [key for key in (result.docid, result.image_url) if key]
        there = next((by_key[key] for key in keys if key in by_key), None)
        if there is None:
            kept[number] = result
            by_key |= dict.fromkeys(keys, number)
        elif kept[there].image_url is None and result.image_url is not None:
            kept[there] = result
    return list(kept.values())


def _places(soup: BeautifulSoup) -> dict[str, int]:
    cards = soup.select("[data-docid], .isv-r[data-id]")
    return {str(card.get("data-docid") or card.get("data-id")): place for place, card in enumerate(cards)}


def _in_page_order(places: dict[str, int], results: list[Result]) -> list[Result]:
    """Sort by the place of the card; a result without one stays behind its neighbour."""
    place = -1
    placed: list[tuple[int, int, Result]] = []
    for number, result in enumerate(results):
        place = places.get(result.docid or "", place)
        placed.append((place, number, result))
    return [result for _, _, result in sorted(placed, key=lambda item: item[:2])]
