"""HTTP as all our requests go: to checked addresses, one hop at a time, and within a bound of time."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import requests

from collectors.http.connection import CheckedAdapter
from collectors.http.deadline import Deadlines
from collectors.http.outcome import explaining
from collectors.http.retries import retry_after

#: A server that sends a byte now and then never runs into the read timeout, so the whole answer has one too.
WHOLE_TIMEOUTS = 3

CHUNK = 64 * 2**10

#: An address with nothing to be prepared: no letters to be escaped, no dots to be resolved, no host to be encoded.
PLAIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")

#: The name that robots.txt and X-Robots-Tag know us by.
PRODUCT = "touchstone"


class Client:
    """Sends requests, and keeps the connections for the next ones. For one thread at a time.

    ``local`` lists the origins on this machine that may be asked.
    """

    def __init__(self, agent: str, timeout: float, local: tuple[str, ...], deadlines: Deadlines) -> None:
        self._timeout = timeout
        self._deadlines = deadlines
        self._session = requests.Session()
        # No proxy, no .netrc: the address that was checked is the one to be reached, and no password is sent.
        self._session.trust_env = False
        adapter = CheckedAdapter(local, deadlines)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)
        headers = {"User-Agent": agent, "Accept": "image/*, */*;q=0.1", "Accept-Encoding": "identity"}
        self._session.headers.update(headers)
        self._request = self._session.prepare_request(requests.Request("GET", "http://example.org/"))

    @contextmanager
    def get(self, url: str) -> Iterator[requests.Response]:
        """Ask for an address whose form was checked, following nothing, and hold the answer until the block ends.

        The session's own ``get`` would take several times as long to prepare the request, read the whole body of a
        redirect, however long, and keep cookies.

        Raises:
            StopError: there is no answer, or not all of it in time.
        """
        with explaining():
            if PLAIN.fullmatch(url):
                self._request.url = url
            else:
                self._request.prepare_url(url, None)
            with self._deadlines.watch(WHOLE_TIMEOUTS * self._timeout):
                adapter = self._session.get_adapter(url)
                with adapter.send(self._request, stream=True, timeout=self._timeout) as response:
                    yield response

    def chunks(self, response: requests.Response) -> Iterator[bytes]:
        """Return the body as it comes, its content encoding undone piece by piece.

        Raises:
            StopError: it breaks off, or takes too long.
        """
        with explaining():
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                yield chunk
            if self._deadlines.is_late():
                raise TimeoutError

    def target(self, response: requests.Response) -> str | None:
        """Return where an answer redirects to, if it does."""
        return self._session.get_redirect_target(response)


def pause_asked(response: requests.Response) -> float:
    """Return the seconds for which the host asks to be left alone."""
    if response.status_code not in (429, 503):
        return 0.0
    return retry_after(response.headers.get("Retry-After"), datetime.now(UTC))


def user_agent(contact: str) -> str:
    """Describe honestly who asks, and whom to write to.

    >>> user_agent("me@example.org").partition("/")[2].partition(" ")[2]
    '(+me@example.org)'
    """
    try:
        name = f"{PRODUCT}/{version('touchstone')}"
    except PackageNotFoundError:
        name = f"{PRODUCT}/unpackaged"
    return f"{name} (+{contact})" if contact else name
