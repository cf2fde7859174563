"""What the service takes from one client: how often, and how much at a time."""

import ipaddress
import math
import time
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

#: What a form needs besides the files in it.
OVERHEAD = 2**20


class TooManyRequestsError(Exception):
    """A request that is not answered: the status, a word for programs, a sentence for people."""

    def __init__(self, code: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.message, self.headers = code, reason, message, headers


class RateLimit:
    """So many requests in any minute, for each client by itself."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, client: str) -> None:
        """Count a request.

        Raises:
            RefusedError: 429, it is one too many.
        """
        if self._limiter.hit(self._item, client):
            return
        wait = max(1, math.ceil(self._limiter.get_window_stats(self._item, client).reset_time - time.time()))
        message = f"more than {self._item.amount} requests in a minute; try again in {wait} s"
        raise TooManyRequestsError(429, "too-many-requests", message, {"Retry-After": str(wait)})


def check_host(header: str, names: Collection[str]) -> None:
    """Check whom a request is for: an address, or one of some names.

    Any other name is that of a page elsewhere, which had it point here to be let in by a browser (DNS rebinding). An
    address cannot be made to point anywhere.

    Raises:
        RefusedError: 400, it is for somebody else.
    """
    try:
        host = urlsplit(f"//{header}").hostname or ""
    except ValueError:
        host = ""
    if host not in names and not _is_address(host):
        raise TooManyRequestsError(
            400, "wrong-host", f"this is not {host or 'a host without a name'}; ask by its address"
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def check_length(declared: str | None, most: int) -> None:
    """Check how long a request says it is; what comes beyond that, the server does not pass on.

    Raises:
        RefusedError: 411, it does not say; 413, it is too long.
    """
    if declared is None or not declared.isdigit():
        raise TooManyRequestsError(411, "no-length", "say with Content-Length how long the request is")
    if int(declared) > most:
        raise TooManyRequestsError(413, "too-large", f"{int(declared):,} bytes, {most:,} allowed in one request")
