"""HTTP as all our requests go: checked at every hop, within a host's limits, patient with what passes."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from collectors.addresses import check_form
from collectors.connection import CheckedAdapter
from collectors.outcome import REASONS, Failure, StopError, explaining
from collectors.retries import pause_before, retry_after
from collectors.surroundings import Internet
from collectors.turns import Turns
from pipeline.parts.params import Collect

MAX_REDIRECTS = 5

#: A server that sends a byte now and then never runs into the read timeout, so the whole body has one too.
WHOLE_TIMEOUTS = 3

CHUNK = 64 * 2**10

#: The name that robots.txt and X-Robots-Tag know us by.
PRODUCT = "touchstone"

Content = TypeVar("Content")


class Client:
    """Sends requests; may be used from many threads, each of which keeps its own connections."""

    def __init__(self, fetching: Collect, internet: Internet) -> None:
        self._timeout = fetching.timeout
        self._agent = user_agent(fetching.contact)
        self._loopback = internet.loopback
        sandbox = _host(internet.google) if internet.loopback else None
        self._turns = Turns(fetching.per_host, fetching.per_second, sandbox)
        self._local = threading.local()

    def load(self, attempt: Callable[[], Content]) -> Content | Failure:
        """Try, and try again where that may help."""
        tried = 0
        while True:
            try:
                return attempt()
            except StopError as stop:
                tried += 1
                pause = pause_before(stop, tried)
                if pause is None:
                    return stop.failure
            time.sleep(pause)

    def follow(self, url: str, permit: Callable[[str], None], read: Callable[[requests.Response], Content]) -> Content:
        """Ask for an address once, follow redirects, and read what comes at the end.

        ``permit`` is asked before each hop, and raises StopError to forbid it.

        Raises:
            StopError: with the reason why there is nothing to read.
        """
        for _ in range(MAX_REDIRECTS + 1):
            with explaining():
                check_form(url)
                permit(url)
                with self._turns.take(_host(url)), self._get(url) as response:
                    target = self._session().get_redirect_target(response)
                    if target is None:
                        return read(response)
                url = urljoin(url, target)
        raise StopError("redirect-loop", f"more than {MAX_REDIRECTS} redirects")

    def chunks(self, response: requests.Response) -> Iterator[bytes]:
        """Give the body as it comes, its content encoding undone piece by piece.

        Raises:
            StopError: it takes too long as a whole.
        """
        deadline = time.monotonic() + WHOLE_TIMEOUTS * self._timeout
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            yield chunk
            if time.monotonic() > deadline:
                raise StopError("timeout", f"not whole after {WHOLE_TIMEOUTS * self._timeout:g} s")

    def _get(self, url: str) -> requests.Response:
        response = self._session().get(url, stream=True, timeout=self._timeout, allow_redirects=False)
        if response.status_code in (429, 503):
            pause = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            reason = REASONS.get(response.status_code, "server-error")
            self._turns.hold(_host(url), pause, reason)
        return response

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            # No proxy, no .netrc: the address that was checked is the one to be reached, and no password is sent.
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, CheckedAdapter(self._loopback))
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers.update(
                {"User-Agent": self._agent, "Accept": "image/*, */*;q=0.1", "Accept-Encoding": "identity"}
            )
            self._local.session = session
        return self._local.session  # type: ignore[no-any-return]


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def user_agent(contact: str) -> str:
    """Say honestly who asks, and whom to write to.

    >>> user_agent("me@example.org").partition("/")[2].partition(" ")[2]
    '(+me@example.org)'
    """
    try:
        name = f"{PRODUCT}/{version('touchstone')}"
    except PackageNotFoundError:
        name = f"{PRODUCT}/unpackaged"
    return f"{name} (+{contact})" if contact else name
