"""Walking through Google Images with a browser: past the consent page, and down until there is enough."""

import re
import time
from typing import TYPE_CHECKING

from collectors.google_page import Kind, Page, read_page
from pipeline.parts.errors import ServiceError

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

#: Only the first is on google.com itself; the texts are those of `hl=en`.
REJECT = (
    "button#W0wltc",
    'button[jsname="tWT92d"]',
    'button[aria-label="Reject all"]',
    'input[type="submit"][value="Reject all"]',
)

#: What tells that a page has grown, without reading all of it.
MEASURE = """return [document.querySelectorAll('[data-docid], [data-id], a[href*="imgurl="]').length,
    document.scripts.length, document.body ? document.body.scrollHeight : 0].join()"""

SCROLL = "window.scrollTo(0, document.body.scrollHeight)"


def browse(driver: "WebDriver", address: str, limit: int) -> Page:
    """Load a result page, answer a consent page with "reject all", and scroll until there are ``limit`` results.

    Gives the last page read, which is not one of results where the other side refused. A refusal while scrolling
    gives the results read until then, under the kind of the refusal.

    Raises:
        ServiceError: there is no page.
    """
    _load(driver, address)
    page = _settled(driver)
    if page.kind is Kind.CONSENT and _reject_all(driver):
        page = _settled(driver)
    vain = 0
    while page.kind is Kind.RESULTS and len(page.results) < limit and vain < GROWTH_TRIES and _grows(driver):
        grown = read_page(driver.page_source, driver.current_url)
        vain = vain + 1 if len(grown.results) <= len(page.results) else 0
        page = grown if grown.results else Page(grown.kind, page.results, page.found)
    return page


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


def _settled(driver: "WebDriver") -> Page:
    deadline = time.monotonic() + SETTLING
    while True:
        page = read_page(driver.page_source, driver.current_url)
        passing = page.kind in (Kind.UNKNOWN, Kind.CHALLENGE) or (page.kind is Kind.RESULTS and not page.results)
        if not passing or time.monotonic() > deadline:
            return page
        time.sleep(PAUSE)


def _reject_all(driver: "WebDriver") -> bool:
    """Click the first button that rejects, and wait until the page has gone. Tells whether it has."""
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.expected_conditions import staleness_of
    from selenium.webdriver.support.wait import WebDriverWait

    buttons = driver.find_elements(By.CSS_SELECTOR, ", ".join(REJECT))
    button = next((button for button in buttons if button.is_displayed()), None)
    if button is None:
        return False
    button.click()
    try:
        WebDriverWait(driver, ANSWERING).until(staleness_of(button))
    except TimeoutException:
        return False
    return True


def _grows(driver: "WebDriver") -> bool:
    """Scroll to the end and tell whether the page then becomes longer."""
    before = driver.execute_script(MEASURE)
    for _ in range(GROWTH_TRIES):
        driver.execute_script(SCROLL)
        deadline = time.monotonic() + GROWTH_WAIT
        while time.monotonic() < deadline:
            time.sleep(PAUSE)
            if driver.execute_script(MEASURE) != before:
                return True
    return False
