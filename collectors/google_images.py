"""Pictures for one keyword from Google Images: a browser finds them, and their full-size files are fetched."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

from collectors.browser import open_browser
from collectors.fetch import fetch_all
from collectors.google_browse import browse
from collectors.google_filters import parameters
from collectors.google_page import Kind, Page
from collectors.google_rules import Result
from collectors.surroundings import Surroundings
from pipeline.parts.errors import NothingFoundError, RefusedError, ServiceError
from pipeline.parts.labels import Label
from pipeline.parts.record import Candidate, Record, Rejection
from pipeline.parts.sources import Keyword

REFUSALS = {
    Kind.CONSENT: "its consent page could not be answered",
    Kind.CAPTCHA: "it asks for a captcha",
    Kind.CHALLENGE: "it challenges the browser",
}


def collect(name: str, settings: Keyword, around: Surroundings) -> Iterator[Record | Rejection]:
    """Find and fetch up to ``limit`` pictures for a keyword, in the order of the result page.

    Raises:
        NothingFoundError: the page shows no result.
        RefusedError: the page is a captcha or the like; what was found before that is fetched and kept in the spool.
        BrowserError, ServiceError: there is no browser, or no page.
    """
    page = _search(settings, around)
    if not page.results:
        raise _nothing(settings, page)
    shown = page.results[: settings.limit]
    lasting = around.internet.lasting
    candidates = [
        _candidate(name, rank, settings, replace(result, image_url=lasting(result.image_url)))
        for rank, result in enumerate(shown)
    ]
    yield from fetch_all(candidates, around)
    if page.kind in REFUSALS:
        raise RefusedError(f"{_refusal(settings, page)}; {len(candidates)} results are kept for the next run")


def _search(settings: Keyword, around: Surroundings) -> Page:
    from selenium.common.exceptions import WebDriverException

    facts = {"q": settings.query, "udm": 2, "hl": "en"} | parameters(settings.filters)
    address = f"{around.internet.google}/search?{urlencode(facts)}"
    with open_browser() as driver:
        try:
            return browse(driver, address, settings.limit)
        except WebDriverException as error:
            problem = (error.msg or type(error).__name__).splitlines()[0]
            raise ServiceError(f"the browser failed on {address} ({problem}); run this again") from error


def _candidate(name: str, rank: int, settings: Keyword, result: Result) -> Candidate:
    return Candidate(
        source=name,
        rank=rank,
        label=Label[settings.label],
        collector=settings.collector,
        image_url=result.image_url,
        query=settings.query,
        page_url=result.page_url,
        title=result.title,
        license=settings.license,
        generator=settings.generator,
    )


def _nothing(settings: Keyword, page: Page) -> RefusedError | NothingFoundError:
    if page.kind in REFUSALS:
        return RefusedError(f"{_refusal(settings, page)}; try again later, or from another network")
    if page.kind is Kind.NO_RESULTS:
        return NothingFoundError(f"Google Images has no results for {settings.query!r}; try other words")
    return NothingFoundError(
        f"Google Images shows a page for {settings.query!r} on which no rule finds a result "
        f"(tried: {', '.join(page.found)}); it may have changed"
    )


def _refusal(settings: Keyword, page: Page) -> str:
    return f"Google Images refused the search for {settings.query!r}: {REFUSALS[page.kind]}"
