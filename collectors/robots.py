"""robots.txt as RFC 9309 has it: asked for once per host and run, before anything else is loaded there."""

import threading
from urllib.parse import urlsplit

import requests
from protego import Protego

from collectors.client import PRODUCT, Client
from collectors.outcome import Failure, StopError, check_status

#: What comes after so many bytes is not read (RFC 9309, 2.5).
LONGEST = 500 * 2**10

NO_RULES = Protego.parse("")


class Robots:
    """The rules of the hosts that were met so far; may be used from many threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._waiting: dict[str, threading.Lock] = {}
        self._rules: dict[str, Protego | Failure] = {}

    def check(self, url: str) -> None:
        """See that an address may be loaded.

        Raises:
            StopError: ``robots`` if the rules forbid it, else why they cannot be read, which forbids all.
        """
        parts = urlsplit(url)
        rules = self._find(f"{parts.scheme}://{parts.netloc}")
        if isinstance(rules, Failure):
            raise StopError(rules.reason, f"robots.txt: {rules.detail}", final=True)
        if not rules.can_fetch(url, PRODUCT):
            raise StopError("robots", "robots.txt forbids it")

    def _find(self, origin: str) -> Protego | Failure:
        with self._lock:
            waiting = self._waiting.setdefault(origin, threading.Lock())
        with waiting:
            if origin not in self._rules:
                self._rules[origin] = self._load(origin)
            return self._rules[origin]

    def _load(self, origin: str) -> Protego | Failure:
        found = self._client.load(lambda: self._client.follow(f"{origin}/robots.txt", _permit, self._read))
        if isinstance(found, Failure) and found.reason == "redirect-loop":
            return NO_RULES  # As if there were none (2.3.1.2).
        return found

    def _read(self, response: requests.Response) -> Protego:
        if 300 <= response.status_code < 500:
            return NO_RULES  # 2.3.1.3
        check_status(response.status_code)
        data = bytearray()
        for chunk in self._client.chunks(response):
            data += chunk
            if len(data) > LONGEST:
                # Half a line could forbid more than the whole one.
                data = data[: data.rfind(b"\n", 0, LONGEST) + 1]
                break
        return Protego.parse(data.decode("utf-8-sig", "replace"))


def _permit(_url: str) -> None:
    """All: robots.txt itself may be loaded anywhere."""
