"""What comes of a request: the one word why there is nothing, or where to ask in its place."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
import urllib3

from collectors.http.addresses import AddressError

#: Reasons that may be gone the next time; a collection that goes on tries these addresses again.
PASSING = frozenset({"connection", "server-error", "timeout", "too-many-requests", "unknown-host"})

REASONS = {
    401: "forbidden",
    403: "forbidden",
    404: "not-found",
    410: "gone",
    429: "too-many-requests",
    451: "forbidden",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is nothing: the one word, and a detail for people."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """What is asked for is elsewhere."""

    target: str


class StopError(Exception):
    """Ends a request with the reason why it gives nothing."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.failure = Failure(reason, detail)


def check_status(status: int) -> None:
    """Check that a status is 200.

    Raises:
        StopError: it is not.
    """
    if status != requests.codes.ok:
        fallback = "server-error" if status >= 500 else "unexpected-status"
        raise StopError(REASONS.get(status, fallback), f"status {status}")


@contextmanager
def explaining() -> Iterator[None]:
    """Turn whatever goes wrong on the way to an answer into a StopError with its reason."""
    try:
        yield
    except AddressError as error:
        raise StopError(error.reason, error.detail) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise StopError(*_explain(error)) from error


def _explain(error: Exception) -> tuple[str, str]:
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return "timeout", "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "tls", _tls_cause(error)
    if isinstance(error, ValueError):
        return "bad-address", type(error).__name__
    if isinstance(error, urllib3.exceptions.DecodeError):
        return "bad-encoding", "the content encoding cannot be undone"
    return "connection", _cause(error)


def _tls_cause(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLError) and error.reason:
            return str(error.reason)
        error = error.__cause__ or error.__context__
    return "no encrypted connection"


def _cause(error: BaseException | None) -> str:
    """Name what went wrong underneath, without the addresses in memory that requests puts into its messages."""
    name = type(error).__name__
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        error = error.__cause__ or error.__context__
    return name
