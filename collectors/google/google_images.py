"""Pictures for one keyword from Google Images: a browser finds them, and their full-size files are fetched."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from collectors.google.browser import open_browser
from collectors.google.google_browse import Search, browse
from collectors.google.google_filters import parameters
from collectors.google.google_page import Kind, ResultPage
from collectors.google.google_rules import Result
from collectors.google.google_settings import Keyword
from collectors.http.context import CollectContext
from collectors.http.fetch import fetch_all
from pipeline.records.record import Candidate, Record, Rejection
from pipeline.runtime.errors import NothingFoundError, RefusedError, ServiceError

REFUSALS = {
    Kind.CONSENT: "its consent page could not be answered",
    Kind.CAPTCHA: "it asks for a captcha",
    Kind.CHALLENGE: "it challenges the browser",
}


#: Why a full-size picture may be replaced by its thumbnail. Not where somebody said no: robots, opted-out, forbidden.
REPLACEABLE = frozenset(
    {"connection", "empty", "gone", "not-a-picture", "not-found", "redirect-loop", "server-error", "timeout"}
    | {"too-large", "unexpected-status", "unknown-host"}
)


def collect(name: str, settings: Keyword, context: CollectContext) -> Iterator[Record | Rejection]:
    """Find and fetch up to ``limit`` pictures for a keyword, in the order of the result page.

    Prints how many results each rule found. Where a thumbnail takes the place of a picture that could not be fetched,
    it comes after all others, under the rank of that picture.

    Raises:
        NothingFoundError: the page shows no result.
        RefusedError: the page is a captcha or the like; what was found before that is fetched and kept in the spool.
        BrowserError, ServiceError: there is no browser, or no page.
    """
    facts = {"q": settings.query, "udm": 2, "hl": "en"} | parameters(settings.filters)
    address = f"{context.internet.google}/search?{urlencode(facts)}"
    search = Search(address, settings.limit, settings.thumbnails != "never")
    page = _search(search)
    shown = search.wanted(page)
    if settings.thumbnails == "only":
        shown = [result for result in shown if result.thumbnail]
    if not shown:
        raise _nothing(settings, page)
    print("  read by rule: " + ", ".join(f"{rule} {count:,}" for rule, count in page.found.items()), flush=True)
    yield from _fetch([_candidate(name, rank, settings, r) for rank, r in enumerate(shown)], shown, settings, context)
    if page.kind in REFUSALS:
        raise RefusedError(f"{_refusal(settings, page)}; {len(shown)} results are kept for the next run")


def _search(search: Search) -> ResultPage:
    from selenium.common.exceptions import WebDriverException

    with open_browser() as driver:
        try:
            return browse(driver, search)
        except WebDriverException as error:
            problem = (error.msg or type(error).__name__).splitlines()[0]
            raise ServiceError(f"the browser failed on {search.address} ({problem}); run this again") from error


def _fetch(
    candidates: Sequence[Candidate], shown: Sequence[Result], settings: Keyword, context: CollectContext
) -> Iterator[Record | Rejection]:
    """Fetch what was found, and then, if that is wanted, the thumbnails of what could not be had."""
    lasting = context.internet.lasting
    failed: list[Rejection] = []
    for result in fetch_all([replace(each, image_url=lasting(each.image_url)) for each in candidates], context):
        if isinstance(result, Rejection) and _is_replaceable(result, shown[result.rank], settings):
            failed.append(result)
        else:
            yield result
    instead = [
        replace(candidates[each.rank], image_url=lasting(shown[each.rank].thumbnail or ""), thumbnail=True)
        for each in failed
    ]
    for first, second in zip(failed, fetch_all(instead, context) if instead else (), strict=True):
        yield first if isinstance(second, Rejection) else second


def _is_replaceable(rejection: Rejection, result: Result, settings: Keyword) -> bool:
    allowed = settings.thumbnails == "fallback" and rejection.reason in REPLACEABLE
    return allowed and result.image_url is not None and result.thumbnail is not None


def _candidate(name: str, rank: int, settings: Keyword, result: Result) -> Candidate:
    full = None if settings.thumbnails == "only" else result.image_url
    return Candidate(
        source=name,
        rank=rank,
        label=None,
        collector=settings.collector,
        image_url=full or result.thumbnail or "",
        query=settings.query,
        page_url=result.page_url,
        title=result.title,
        found_by=result.rule,
        thumbnail=full is None,
    )


def _nothing(settings: Keyword, page: ResultPage) -> RefusedError | NothingFoundError:
    if page.kind in REFUSALS:
        return RefusedError(f"{_refusal(settings, page)}; try again later, or from another network")
    if page.kind is Kind.NO_RESULTS:
        return NothingFoundError(f"Google Images has no results for {settings.query!r}; try other words")
    if page.results:
        return NothingFoundError(
            f"Google Images shows {len(page.results)} results for {settings.query!r}, but none that "
            f"`thumbnails: {settings.thumbnails}` lets through (found: "
            + ", ".join(f"{rule} {count}" for rule, count in page.found.items())
            + "); try `thumbnails: fallback`"
        )
    return NothingFoundError(
        f"Google Images shows a page for {settings.query!r} on which no rule finds a result "
        f"(tried: {', '.join(page.found)}); it may have changed"
    )


def _refusal(settings: Keyword, page: ResultPage) -> str:
    return f"Google Images refused the search for {settings.query!r}: {REFUSALS[page.kind]}"
