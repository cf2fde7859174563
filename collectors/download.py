"""One picture over HTTP: bounded, checked at every hop, and never an exception: what failed says why."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urljoin

import requests
import urllib3

from collectors.addresses import AddressError, resolve
from collectors.signature import LONGEST, picture_type
from pipeline.parts.params import Collect
from pipeline.parts.record import Http

MAX_REDIRECTS = 5

#: Seconds before each try.
PAUSES = (0.0, 0.5, 2.0)

#: What is worth another try at once, and what is worth one when a collection goes on after it was interrupted.
RETRIED = frozenset({"connection", "too-many-requests", "server-error"})
PASSING = RETRIED | {"timeout", "unknown-host"}

#: A server that sends a byte now and then never runs into the read timeout, so the whole picture has one too.
WHOLE_TIMEOUTS = 3

CHUNK = 64 * 2**10

REASONS = {
    401: "forbidden",
    403: "forbidden",
    404: "not-found",
    410: "gone",
    429: "too-many-requests",
    451: "forbidden",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of a picture as they came, when, and what the server said."""

    data: bytes
    fetched_at: datetime
    http: Http


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no picture: the one word, and a detail for people."""

    reason: str
    detail: str


class _StopError(Exception):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.failure = Failure(reason, detail)


class Downloader:
    """Loads pictures; may be used from many threads, each of which keeps its own connections."""

    def __init__(self, fetching: Collect, loopback: bool) -> None:
        self._timeout = fetching.timeout
        self._max_bytes = fetching.max_bytes
        self._agent = user_agent(fetching.contact)
        self._loopback = loopback
        self._local = threading.local()

    def load(self, url: str) -> Fetched | Failure:
        """Load one picture, following redirects and trying again where that may help."""
        result: Fetched | Failure
        for pause in PAUSES:
            time.sleep(pause)
            result = self._try(url)
            if isinstance(result, Fetched) or result.reason not in RETRIED:
                break
        return result

    def _try(self, url: str) -> Fetched | Failure:
        try:
            with self._open(url) as response:
                data = self._read(response)
        except _StopError as error:
            return error.failure
        except AddressError as error:
            return Failure(error.reason, error.detail)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return _failure(error)
        return Fetched(data, datetime.now(UTC), _http(response))

    def _open(self, url: str) -> requests.Response:
        for _ in range(MAX_REDIRECTS + 1):
            # The look-up is checked here, and repeated by requests when it connects: what is missing is to connect
            # to the very address that was checked.
            resolve(url, self._loopback)
            response = self._session().get(url, stream=True, timeout=self._timeout, allow_redirects=False)
            target = self._session().get_redirect_target(response)
            if target is None:
                _check_status(response)
                return response
            response.close()
            url = urljoin(url, target)
        raise _StopError("redirect-loop", f"more than {MAX_REDIRECTS} redirects")

    def _read(self, response: requests.Response) -> bytes:
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) > self._max_bytes:
            raise _StopError("too-large", f"{declared} bytes declared, {self._max_bytes} allowed")
        deadline = time.monotonic() + WHOLE_TIMEOUTS * self._timeout
        data = bytearray()
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            data += chunk
            if len(data) > self._max_bytes:
                raise _StopError("too-large", f"more than {self._max_bytes} bytes")
            if len(data) >= LONGEST:
                _check_picture(data, response)
            if time.monotonic() > deadline:
                raise _StopError("timeout", f"not whole after {WHOLE_TIMEOUTS * self._timeout:g} s")
        _check_picture(data, response)
        return bytes(data)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            # No proxy, no .netrc: the address that was checked is the one to be reached, and no password is sent.
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers.update({"User-Agent": self._agent, "Accept": "image/*", "Accept-Encoding": "identity"})
            self._local.session = session
        return self._local.session  # type: ignore[no-any-return]


def user_agent(contact: str) -> str:
    """Say honestly who asks, and whom to write to.

    >>> user_agent("me@example.org").partition("/")[2].partition(" ")[2]
    '(+me@example.org)'
    """
    try:
        name = f"touchstone/{version('touchstone')}"
    except PackageNotFoundError:
        name = "touchstone/unpackaged"
    return f"{name} (+{contact})" if contact else name


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status == requests.codes.ok:
        return
    response.close()
    fallback = "server-error" if status >= 500 else "unexpected-status"
    raise _StopError(REASONS.get(status, fallback), f"status {status}")


def _check_picture(data: bytearray, response: requests.Response) -> None:
    if picture_type(data) is None:
        content_type = response.headers.get("Content-Type") or "no content type"
        raise _StopError("not-a-picture" if data else "empty", content_type[:100])


def _http(response: requests.Response) -> Http:
    headers = response.headers
    return Http(response.status_code, headers.get("Content-Type"), headers.get("ETag"), response.url)


def _failure(error: Exception) -> Failure:
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return Failure("timeout", "no answer in time")
    if isinstance(error, ValueError):
        return Failure("bad-address", type(error).__name__)
    if isinstance(error, urllib3.exceptions.DecodeError):
        return Failure("bad-encoding", "the content encoding cannot be undone")
    return Failure("connection", _cause(error))


def _cause(error: BaseException | None) -> str:
    """Name what went wrong underneath, without the addresses in memory that requests puts into its messages."""
    name = type(error).__name__
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        error = error.__cause__ or error.__context__
    return name
