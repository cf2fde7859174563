import ipaddress
from urllib.parse import urlsplit

import pytest

from collectors.http.addresses import AddressError, check_form, is_permitted, look_up


def resolve(url, loopback):
    check_form(url)
    parts = urlsplit(url)
    return look_up(parts.hostname, parts.port or 80, loopback)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/a.jpg", "refused-address"),
        ("file:///etc/passwd", "refused-address"),
        ("x-raw-image:///0815", "refused-address"),
        ("//example.org/a.jpg", "refused-address"),
        ("http://user:secret@127.0.0.1/a.jpg", "refused-address"),
        ("http://10.1.2.3/a.jpg", "refused-address"),
        ("http://192.168.0.1/a.jpg", "refused-address"),
        ("http://169.254.169.254/latest/meta-data", "refused-address"),
        ("http://0.0.0.0/a.jpg", "refused-address"),
        ("http://[fe80::1]/a.jpg", "refused-address"),
        ("http://[::ffff:10.0.0.1]/a.jpg", "refused-address"),
        ("http://2130706433.nip.invalid/", "unknown-host"),
        ("http:///a.jpg", "bad-address"),
        ("http://[::1/a.jpg", "bad-address"),
        ("http://127.0.0.1:99999/a.jpg", "bad-address"),
        ("http://" + "a" * 70 + ".org/", "bad-address"),
    ],
)
def test_addresses_that_are_not_loaded_even_in_the_sandbox(url, reason):
    with pytest.raises(AddressError) as caught:
        resolve(url, loopback=True)
    assert caught.value.reason == reason


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.9.10", "2130706433"])
def test_loopback_is_for_the_sandbox_only(host):
    with pytest.raises(AddressError, match="not a public address"):
        resolve(f"http://{host}/a.jpg", loopback=False)


def test_loopback_in_the_sandbox_and_public_addresses_pass():
    assert resolve("http://127.0.0.1:8000/a.jpg", loopback=True) == [ipaddress.ip_address("127.0.0.1")]
    assert resolve("https://93.184.216.34/a.jpg", loopback=False) == [ipaddress.ip_address("93.184.216.34")]


@pytest.mark.parametrize(
    "address",
    [
        "224.0.0.1",
        "100.64.0.1",
        "240.0.0.1",
        "2002:0a00:0001::1",
        "ff02::1",
        "fc00::1",
        "fec0::1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "::a00:1",
    ],
)
def test_reserved_ranges_are_not_permitted(address):
    assert not is_permitted(ipaddress.ip_address(address), loopback=True)
