"""robots.txt as RFC 9309 has it: asked for once per host and day, before anything else is loaded there."""

import re
from urllib.parse import urlsplit

import requests
from protego import Protego

from collectors.http.client import PRODUCT, Client
from collectors.http.expiring_cache import ExpiringCache
from collectors.http.outcome import Failure, check_status

#: What comes after so many bytes is not read (RFC 9309, 2.5).
LONGEST = 500 * 2**10

#: A line that names a crawler, in all the ways that Protego reads.
CRAWLER = re.compile(r"\s*user(?:-|\s*)agent\s*[:\s]\s*([^#\s][^#]*).*", re.IGNORECASE)

#: What crawlers other than ours are called.
OTHERS = "others"

#: Seconds for which rules hold (2.4), and of how many hosts they are kept.
LIFETIME = 24 * 3600.0
HOSTS = 5_000


def read_rules(response: requests.Response, client: Client) -> str:
    """Return the text of robots.txt in an answer; nothing if the host has none.

    Raises:
        StopError: the host is in trouble, so that nobody can tell.
    """
    if 300 <= response.status_code < 500:
        return ""  # 2.3.1.3
    check_status(response.status_code)
    data = b""
    for chunk in client.chunks(response):
        data += chunk
        if len(data) > LONGEST:
            # Half a line could forbid more than the whole one.
            data = data[: data.rfind(b"\n", 0, LONGEST) + 1]
            break
    return data.decode("utf-8-sig", "replace")


def robots_address(url: str) -> str:
    """Return the address of the rules that an address is under.

    >>> robots_address("https://example.org:8080/a/b.jpg?c#d")
    'https://example.org:8080/robots.txt'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}/robots.txt"


def _parse(text: str) -> Protego:
    """Parse rules, in time that grows with their length.

    Protego keeps each rule for each crawler that it is for. A file of 100 KB with 3,000 crawlers and as many rules for
    all of them took 20 s, so crawlers whose names are not the beginning of ours go by one name.
    """
    return Protego.parse("\n".join(CRAWLER.sub(_shorten, line) for line in text.splitlines()))


def _shorten(line: re.Match[str]) -> str:
    name = line[1].strip().lower().replace("*", "")
    return f"User-agent: {(name or '*') if PRODUCT.startswith(name) else OTHERS}"


class Robots:
    """The rules of the hosts that were met of late, by the address of their robots.txt."""

    def __init__(self) -> None:
        self._rules: ExpiringCache[Protego | Failure | None] = ExpiringCache(HOSTS, LIFETIME)

    def knows(self, address: str) -> bool:
        return address in self._rules

    def learn(self, address: str, answer: str | Failure) -> None:
        """Take note of a host's rules, or of why they cannot be had."""
        if isinstance(answer, Failure) and answer.reason == "redirect-loop":
            answer = ""  # As if there were none (2.3.1.2).
        self._rules[address] = answer if isinstance(answer, Failure) else _parse(answer) if answer else None

    def verdict(self, address: str, url: str) -> Failure | None:
        """Return why ``url``, which is under the rules at ``address``, may not be loaded; None if it may."""
        rules = self._rules[address]
        if isinstance(rules, Failure):
            return Failure(rules.reason, f"robots.txt: {rules.detail}")
        if rules is None or rules.can_fetch(url, PRODUCT):
            return None
        return Failure("robots", "robots.txt forbids it")
