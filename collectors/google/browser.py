"""The browser that loads what only a browser can load: an installed Chrome or Chromium, driven by Selenium.

``python -m collectors.google.browser`` sees to it that there is one, and shows which.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.http.context import bypass_proxy
from pipeline.runtime.errors import BrowserError
from pipeline.runtime.stage import run_command

if TYPE_CHECKING:
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.remote.webdriver import WebDriver

NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome")

FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,1600",
    # With a pipe in place of a port, the browser ends when its driver does.
    "--remote-debugging-pipe",
)

REMEDY = "install Chrome, on Debian `apt-get install chromium chromium-driver`, or name them: CHROME, CHROMEDRIVER"


@dataclass(frozen=True, slots=True)
class Browser:
    """Where the browser and its driver lie."""

    binary: str
    driver: str


@contextmanager
def open_browser(timeout: float = 60.0) -> "Iterator[WebDriver]":
    """Start a headless browser with a fresh profile; it is closed when the block ends.

    ``timeout`` bounds the load of a page, in seconds.

    Raises:
        BrowserError: there is none, or it does not start.
    """
    from selenium.common.exceptions import WebDriverException

    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="touchstone-browser-", ignore_cleanup_errors=True) as profile:
        try:
            driver = _start(browser, profile)
        except (WebDriverException, OSError) as error:
            raise BrowserError(f"{browser.binary} does not start ({_first_line(error)}); {REMEDY}") from error
        try:
            driver.set_page_load_timeout(timeout)
            yield driver
        finally:
            with suppress(WebDriverException, OSError):
                driver.quit()


def find_browser() -> Browser:
    """Find a browser and its driver: what CHROME and CHROMEDRIVER name, what is installed, or what Selenium fetches.

    Raises:
        BrowserError: there is none.
    """
    binary = _named("CHROME") or _installed()
    driver = _named("CHROMEDRIVER") or shutil.which("chromedriver")
    return Browser(binary, driver) if binary and driver else _fetched(binary)


def ensure_browser() -> Browser:
    """Find a browser; where there is none, and this is root on Debian, install one.

    Raises:
        BrowserError: there is none, and none can be installed.
    """
    apt = shutil.which("apt-get")
    if not (_named("CHROME") or _installed()) and apt and os.geteuid() == 0:
        print("no browser found: installing chromium and chromium-driver", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "chromium-driver"]):
            subprocess.run([apt, "-qq", *command], check=False, env=environment)  # noqa: S603
    return find_browser()


def _installed() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _named(variable: str) -> str | None:
    name = os.environ.get(variable)
    if not name:
        return None
    path = shutil.which(name)
    if path is None:
        raise BrowserError(f"{variable}={name}: no such program; {REMEDY}")
    return path


def _fetched(binary: str | None) -> Browser:
    """Let Selenium Manager find or fetch what is missing; it keeps it in ~/.cache/selenium."""
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.common.selenium_manager import SeleniumManager

    wanted = ["--browser", "chrome", "--timeout", "60", "--avoid-stats"]
    try:
        paths = SeleniumManager().binary_paths([*wanted, *(["--browser-path", binary] if binary else [])])
    except (WebDriverException, OSError, ValueError) as error:
        missing = f"{binary} has no driver" if binary else "no browser found"
        raise BrowserError(f"{missing}, and Selenium could not fetch one; {REMEDY}") from error
    return Browser(binary or paths["browser_path"], paths["driver_path"])


def _start(browser: Browser, profile: str) -> "WebDriver":
    from selenium.webdriver import Chrome, ChromeOptions

    bypass_proxy()
    options = ChromeOptions()
    options.binary_location = browser.binary
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    return Chrome(options=options, service=_service(browser.driver))


def _service(driver: str) -> "Service":
    """Make the driver end with this process, even if that is killed, where the system has a way to say so."""
    from selenium.webdriver.chrome.service import Service

    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return Service(driver)

    class TiedService(Service):
        def env_path(self) -> None:
            return None

        def command_line_args(self) -> list[str]:
            return ["--pdeathsig", "TERM", driver, *super().command_line_args()]

    return TiedService(setpriv)


def _first_line(error: BaseException) -> str:
    message = getattr(error, "msg", None) or str(error) or type(error).__name__
    return str(message).splitlines()[0].partition("; For documentation")[0].rstrip(".")


def main() -> None:
    """See to a browser, start it once, and show which it is."""
    browser = ensure_browser()
    with open_browser() as driver:
        print(f"browser: {browser.binary} {driver.capabilities['browserVersion']}, driver: {browser.driver}")


if __name__ == "__main__":
    run_command(main)
