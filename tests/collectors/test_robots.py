import socket
import time

import pytest

from collectors.http.fetched import Fetched
from collectors.http.outcome import Failure
from collectors.http.robots import LONGEST
from tests.collectors.loading import load_all, load_one
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image

FORBIDDEN = Failure("robots", "robots.txt forbids it")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr("collectors.http.retries.FIRST_PAUSE", 0.0)


@pytest.fixture
def load(site):
    for path in ("/a.jpg", "/private/a.jpg"):
        site.routes[path] = Reply(encode(make_image(1)))
    return lambda path: load_one(site.url + path)


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ("User-agent: *\nDisallow: /private\n", True),
        ("User-agent: *\nDisallow: /\n", False),
        ("User-agent: *\nDisallow: /\nAllow: /*.jpg$\n", True),
        ("User-agent: *\nAllow: /\n\nUser-agent: Touchstone\nDisallow: /a\n", False),
        ("User-agent: otherbot\nDisallow: /\n", True),
        ("User-agent: otherbot\nUser-agent: touch*\nUser agent third\nDisallow: /\n", False),
        ("User-agent: touchstone\nDisallow: /b\n\nUser-agent: others\nUser-agent: touchstones\nDisallow: /\n", True),
        ("User-agent: otherbot\nDisallow: /b\nUser-agent:\nDisallow: /\n", True),
        ("\ufeffuser-agent:*\r\ndisallow:/a # all that\r\n", False),
        ("<!doctype html><title>Welcome</title>", True),
        ("", True),
    ],
)
def test_rules_are_kept(site, load, rules, allowed):
    site.routes["/robots.txt"] = Reply(rules)
    result = load("/a.jpg")
    assert isinstance(result, Fetched) if allowed else result == FORBIDDEN
    assert site.log == ["/a.jpg"] * allowed


def test_it_is_asked_for_once_however_many_pictures_there_are(site, load):
    site.routes["/robots.txt"] = Reply("User-agent: *\nDisallow: /private\n")
    paths = [path for number in range(8) for path in (f"/a.jpg?{number}", f"/private/a.jpg?{number}")]
    results = load_all([site.url + path for path in paths], workers=8)
    assert results[1::2] == [FORBIDDEN] * 8
    assert all(isinstance(result, Fetched) for result in results[::2])
    assert site.robots == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429])
def test_none_to_be_had_permits_all(site, load, status):
    site.routes["/robots.txt"] = Reply("User-agent: *\nDisallow: /\n", status)
    assert isinstance(load("/a.jpg"), Fetched)


def test_a_server_in_trouble_forbids_all(site, load):
    site.routes["/robots.txt"] = Reply(status=503)
    results = load_all([f"{site.url}/a.jpg", f"{site.url}/private/a.jpg"])
    assert results == [Failure("server-error", "robots.txt: status 503")] * 2
    assert (site.log, site.robots) == ([], 3)


def test_a_server_that_hangs_up_forbids_all(site, load):
    site.routes["/robots.txt"] = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    assert load("/a.jpg").reason == "connection"
    assert site.log == []


def test_redirects_are_followed_and_the_rules_hold_for_the_host_that_was_asked(site, load):
    with serving() as other:
        other.routes["/rules"] = Reply("User-agent: *\nDisallow: /a\n")
        site.routes["/robots.txt"] = Reply(status=301, headers={"Location": f"{other.url}/rules"})
        assert load("/a.jpg") == FORBIDDEN
        assert isinstance(load("/private/a.jpg"), Fetched)


def test_too_many_redirects_permit_all(site, load):
    site.routes["/robots.txt"] = Reply(status=302, headers={"Location": "/robots.txt"})
    assert isinstance(load("/a.jpg"), Fetched)
    assert site.robots == 6


def test_every_host_on_the_way_to_a_picture_is_asked(site, load):
    with serving() as other:
        other.routes["/robots.txt"] = Reply("User-agent: *\nDisallow: /\n")
        site.routes["/moved.jpg"] = Reply(status=302, headers={"Location": f"{other.url}/b.jpg"})
        assert load("/moved.jpg") == FORBIDDEN
        assert other.log == []


def test_many_rules_for_many_crawlers_take_no_time(site, load):
    """Had each rule been kept for each crawler, this took a minute."""
    crawlers = "".join(f"User-agent: crawler{number}\n" for number in range(4000))
    rules = "".join(f"Disallow: /{number}\n" for number in range(4000))
    site.routes["/robots.txt"] = Reply(f"{crawlers}User-agent: *\n{rules}Disallow: /private\n")
    start = time.process_time()
    assert load("/private/a.jpg") == FORBIDDEN
    assert time.process_time() - start < 20


def test_only_the_beginning_of_a_long_one_is_read(site, load):
    first = "User-agent: *\nDisallow: /private\n"
    filler = "# nothing\n" * (LONGEST // 10)
    site.routes["/robots.txt"] = Reply(first + filler + "Disallow: /\n")
    assert load("/private/a.jpg") == FORBIDDEN
    assert isinstance(load("/a.jpg"), Fetched)
