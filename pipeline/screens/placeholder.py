"""What servers send in place of a picture that is gone: the same bytes from many hosts."""

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

REASON = "placeholder"


def find_placeholders(pictures: Iterable[tuple[str, str]], hosts: int) -> frozenset[str]:
    """Find the ids that came from so many hosts or more, among pairs of id and address.

    >>> sorted(find_placeholders([("a", "http://one/x.png"), ("a", "http://two/y.png"), ("b", "http://one/z.png")], 2))
    ['a']
    """
    seen: dict[str, set[str]] = defaultdict(set)
    for name, address in pictures:
        if host := _host(address):
            seen[name].add(host)
    return frozenset(name for name, found in seen.items() if len(found) >= hosts)


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
