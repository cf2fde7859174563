"""Walking through Google Images with a browser: past the consent page, and down until there is enough."""

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.google.google_page import Kind, ResultPage, read_page
from collectors.google.google_rules import Result
from pipeline.runtime.errors import ServiceError

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

#: Seconds for a page to become what it is going to be: scripts build it, and may move on to another one.
SETTLING = 5.0

#: Seconds for the consent page to go once it is answered.
ANSWERING = 15.0

#: A page counts as ended when it has not grown for so many tries, each of which waits so many seconds.
GROWTH_TRIES = 5
GROWTH_WAIT = 1.0

PAUSE = 0.1

#: A page that waits with its thumbnails until they come into view gets so many tries to show one more.
THUMBNAIL_TRIES = 10

#: Only the first is on google.com itself. The last knows the form by what it sends; texts are those of `hl=en`.
REJECT = (
    "button#W0wltc",
    'button[jsname="tWT92d"]',
    'button[aria-label="Reject all"]',
    'input[type="submit"][value="Reject all"]',
    'form:has(input[name="set_eom"][value="true"]) :is(button, input[type="submit"])',
)

#: What tells that a page has grown, without reading all of it.
MEASURE = """return [document.querySelectorAll('[data-docid], [data-id], a[href*="imgurl="]').length,
    document.scripts.length, document.body ? document.body.scrollHeight : 0].join()"""

SCROLL = "window.scrollTo(0, document.body.scrollHeight)"

SHOW_MORE = """const words = /^(show more results|more results|see more anyway)$/i;
    const buttons = document.querySelectorAll('input[type="button"], button, a, [role="button"]');
    const more = [...buttons].find((button) => button.offsetParent !== null &&
        (button.matches('.mye4qd') || words.test((button.value || button.textContent || '').trim())));
    if (more) more.click();"""

#: Brings one of the cards into view that have a placeholder yet, and tells how many these are.
NEXT_THUMBNAIL = """const waiting = [...document.querySelectorAll('[data-docid] img, .isv-r[data-id] img')].filter(
        (img) => img.src.startsWith('data:image/gif') && !img.dataset.src);
    if (waiting.length) waiting[arguments[0] % waiting.length].scrollIntoView({block: 'center'});
    return waiting.length"""


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for: how many results, and which count. ``thumbnails`` says that a thumbnail is a result, too."""

    address: str
    limit: int
    thumbnails: bool = False

    def wanted(self, page: ResultPage) -> list[Result]:
        """Return the results of a page that count, up to the limit."""
        found = [result for result in page.results if self.thumbnails or result.image_url is not None]
        return found[: self.limit]


def browse(driver: "WebDriver", search: Search) -> ResultPage:
    """Load a result page, answer a consent page with "reject all", and scroll until there are enough results.

    Gives the last page read, which is not one of results where the other side refused. A refusal while scrolling
    gives the results read until then, under the kind of the refusal.

    Raises:
        ServiceError: there is no page.
    """
    _load(driver, search.address)
    page = _settled(driver)
    # A consent page, or a dialog in front of the results.
    if _reject_all(driver):
        page = _settled(driver)
    page = _with_thumbnails(driver, search, page)
    vain = 0
    while _goes_on(search, page) and vain < GROWTH_TRIES and _grows(driver):
        before, page = page, _with_thumbnails(driver, search, _read(driver).after(page))
        vain = vain + 1 if len(page.results) == len(before.results) else 0
    return page


def _goes_on(search: Search, page: ResultPage) -> bool:
    return page.kind is Kind.RESULTS and len(search.wanted(page)) < search.limit


def _read(driver: "WebDriver") -> ResultPage:
    return read_page(driver.page_source, driver.current_url)


def _with_thumbnails(driver: "WebDriver", search: Search, page: ResultPage) -> ResultPage:
    """Where thumbnails are all that some cards have, wait for those that load once they come into view."""
    if not (search.thumbnails and page.unread and _goes_on(search, page)):
        return page
    vain, waiting = 0, -1
    while waiting and vain < THUMBNAIL_TRIES:
        left = driver.execute_script(NEXT_THUMBNAIL, vain)
        vain, waiting = vain + 1 if left == waiting else 0, left
        time.sleep(PAUSE)
    return _read(driver).after(page)


def _load(driver: "WebDriver", address: str) -> None:
    from selenium.common.exceptions import WebDriverException

    try:
        driver.get(address)
    except WebDriverException as error:
        raise ServiceError(f"{address} cannot be loaded ({(error.msg or '').partition(chr(10))[0]})") from error
    # Most failures do not raise: the browser shows a page of its own about them.
    address_shown, text = driver.execute_script("return [document.URL, document.body ? document.body.innerText : '']")
    if address_shown.startswith("chrome-error:"):
        code = re.search(r"ERR_[A-Z_]+|HTTP ERROR \d+", text)
        raise ServiceError(f"{address} cannot be loaded ({code[0] if code else 'the browser does not say why'})")


def _settled(driver: "WebDriver") -> ResultPage:
    deadline = time.monotonic() + SETTLING
    while True:
        page = _read(driver)
        passing = page.kind in (Kind.UNKNOWN, Kind.CHALLENGE) or (page.kind is Kind.RESULTS and not page.results)
        if not passing or time.monotonic() > deadline:
            return page
        time.sleep(PAUSE)


def _reject_all(driver: "WebDriver") -> bool:
    """Click the first button that rejects, if there is one, and wait until it has gone. Tells whether it has."""
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.expected_conditions import invisibility_of_element
    from selenium.webdriver.support.wait import WebDriverWait

    buttons = driver.find_elements(By.CSS_SELECTOR, ", ".join(REJECT))
    button = next((button for button in buttons if button.is_displayed()), None)
    if button is None:
        return False
    button.click()
    with suppress(TimeoutException):
        WebDriverWait(driver, ANSWERING, PAUSE).until(invisibility_of_element(button))
        return True
    return False


def _grows(driver: "WebDriver") -> bool:
    """Scroll to the end, then ask for more by a button, and tell whether the page becomes longer."""
    before = driver.execute_script(MEASURE)
    for tried in range(GROWTH_TRIES):
        driver.execute_script(SCROLL)
        if tried:
            driver.execute_script(SHOW_MORE)
        deadline = time.monotonic() + GROWTH_WAIT
        while time.monotonic() < deadline:
            time.sleep(PAUSE)
            if driver.execute_script(MEASURE) != before:
                return True
    return False
