"""Which addresses may be loaded. What a result page names is untrusted: it may point into the reader's own network."""

import ipaddress
import socket
from urllib.parse import urlsplit

#: Letters of an address; a longer one is not loaded.
MAX_ADDRESS = 4096

#: IPv6 addresses that end in an IPv4 address, to which a gateway hands the packets on (RFC 6052).
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")

#: What Python calls global, and is not: translation within a network (RFC 8215), and two that are of the past.
INNER = tuple(map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "::/96", "fec0::/10")))

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressError(Exception):
    """An address that is not loaded. ``reason`` is the word that goes on file."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def check_form(url: str) -> None:
    """Check that an address is one of the web, names a host, and carries no credentials.

    Raises:
        AddressError: ``bad-address`` or ``refused-address``.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise AddressError("bad-address", str(error)) from error
    if parts.scheme not in ("http", "https"):
        raise AddressError("refused-address", f"{parts.scheme or 'no'} scheme; only http and https are loaded")
    if parts.username is not None or parts.password is not None:
        raise AddressError("refused-address", "the address carries credentials")
    if not host:
        raise AddressError("bad-address", "no host")


def look_up(host: str, port: int, loopback: bool) -> list[IPAddress]:
    """Look a host up and give where it leads, when all of that may be loaded.

    ``loopback`` permits this machine's own addresses, which is right for the sandbox only.

    Raises:
        AddressError: ``bad-address``, ``unknown-host``, or ``refused-address``.
    """
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise AddressError("unknown-host", host) from error
    except UnicodeError as error:
        raise AddressError("bad-address", host) from error
    found = [ipaddress.ip_address(str(answer[4][0]).split("%")[0]) for answer in answers]
    for ip in found:
        if not is_permitted(ip, loopback):
            raise AddressError("refused-address", f"{host} is {ip}, which is not a public address")
    return found


def is_permitted(ip: IPAddress, loopback: bool) -> bool:
    """Return whether pictures may be loaded from an IP address.

    >>> is_permitted(ipaddress.ip_address("169.254.169.254"), loopback=True)
    False
    >>> is_permitted(ipaddress.ip_address("::ffff:10.0.0.1"), loopback=False)
    False
    """
    # IPv4 addresses come in IPv6 clothes too; it is the IPv4 address that the packets reach.
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
    if inner in TRANSLATED:
        inner = ipaddress.IPv4Address(int(inner) & 0xFFFFFFFF)
    if inner.is_loopback:
        return loopback
    return bool(inner.is_global and not inner.is_multicast and not any(inner in network for network in INNER))
