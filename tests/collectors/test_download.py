import gzip
import threading
import time

import pytest

from collectors.http.context import LIVE, Internet
from collectors.http.fetched import Fetched
from collectors.http.outcome import Failure
from tests.collectors.loading import here, load_all, load_one
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image

JPEG = encode(make_image(1))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr("collectors.http.retries.FIRST_PAUSE", 0.0)


@pytest.fixture
def load(site):
    return lambda path, **more: load_one(site.url + path, contact="me@example.org", **more)


def test_a_picture_comes_as_it_is_with_what_the_server_said(site, load):
    site.routes["/a"] = Reply(JPEG, headers={"Content-Type": "image/jpeg", "ETag": '"x1"'})
    result = load("/a?size=full")
    assert result.data == JPEG
    assert (result.http.status, result.http.content_type, result.http.etag) == (200, "image/jpeg", '"x1"')
    assert result.http.final_url == f"{site.url}/a?size=full"
    agent = site.headers[0]["User-Agent"]
    assert agent.startswith("touchstone/")
    assert agent.endswith(" (+me@example.org)")


@pytest.mark.parametrize(
    ("status", "reason", "tries"),
    [
        (404, "not-found", 1),
        (410, "gone", 1),
        (401, "forbidden", 1),
        (403, "forbidden", 1),
        (418, "unexpected-status", 1),
        (206, "unexpected-status", 1),
        (429, "too-many-requests", 4),
        (500, "server-error", 3),
        (503, "server-error", 3),
    ],
)
def test_statuses_have_their_reasons_and_only_what_may_pass_is_tried_again(site, load, status, reason, tries):
    site.routes["/a"] = Reply(JPEG, status)
    assert load("/a") == Failure(reason, f"status {status}")
    assert len(site.log) == tries


def test_what_passes_is_tried_until_it_has(site, load):
    def recover(handler):
        site.routes["/a"] = Reply(JPEG)
        Reply(status=503)(handler)

    site.routes["/a"] = recover
    assert load("/a").data == JPEG


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<!doctype html><title>Not here</title>", "not-a-picture"),
        ("short", "not-a-picture"),
        ("<svg xmlns='http://www.w3.org/2000/svg'></svg>", "not-a-picture"),
        ("", "empty"),
    ],
)
def test_the_bytes_decide_what_a_picture_is(site, load, body, reason):
    site.routes["/a.jpg"] = Reply(body, headers={"Content-Type": "image/jpeg"})
    assert load("/a.jpg") == Failure(reason, "image/jpeg")


@pytest.mark.parametrize(
    "data",
    [JPEG[: len(JPEG) // 2], *(encode(make_image(2), kind) for kind in ("PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"))],
    ids=["half a JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"],
)
def test_every_format_that_screening_knows_is_a_picture_even_cut(site, load, data):
    site.routes["/a"] = Reply(data, headers={"Content-Type": "text/html"})
    assert load("/a").data == data


def test_a_picture_that_says_it_is_too_large_is_not_read(site, load):
    site.routes["/a"] = Reply(JPEG, headers={"Content-Length": "100001"})
    assert load("/a").reason == "too-large"


def test_a_stream_without_end_is_cut(site, load):
    def endless(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(JPEG)
        while True:
            handler.wfile.write(b"0" * 10_000)

    site.routes["/a"] = endless
    assert load("/a") == Failure("too-large", "more than 100000 bytes")


def test_a_compressed_body_is_bounded_by_what_comes_out_of_it(site, load):
    bomb = gzip.compress(JPEG + bytes(20_000_000))
    site.routes["/a"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    assert load("/a").reason == "too-large"


def test_a_server_that_drips_is_left_in_the_end(site, load, monkeypatch):
    monkeypatch.setattr("collectors.http.client.WHOLE_TIMEOUTS", 0.1)

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "10000")
        handler.end_headers()
        handler.wfile.write(JPEG[:16])
        while True:
            handler.wfile.write(b"0")
            time.sleep(0.1)

    site.routes["/a"] = drip
    assert load("/a", timeout=20.0) == Failure("timeout", "not whole after 2 s")


def test_a_server_that_says_nothing_times_out_once(site, load):
    over = threading.Event()
    site.routes["/a"] = lambda handler: over.wait(60)
    assert load("/a", timeout=1.0) == Failure("timeout", "no answer in time")
    over.set()
    assert len(site.log) == 1


def test_a_body_shorter_than_declared_counts_as_a_broken_connection(site, load):
    def cut(handler):
        Reply(JPEG, headers={"Content-Length": str(len(JPEG) + 10)})(handler)
        handler.close_connection = True

    site.routes["/a"] = cut
    assert load("/a").reason == "connection"
    assert len(site.log) == 3


def test_nobody_there_is_said_in_words_that_stay_the_same(load):
    nowhere = "http://127.0.0.1:9"
    assert load_one(f"{nowhere}/a", here(nowhere)) == Failure("connection", "robots.txt: Connection refused")


def test_redirects_are_followed_and_the_last_address_is_kept(site, load):
    site.routes["/a"] = Reply(status=302, headers={"Location": "/b"})
    site.routes["/b"] = Reply(status=308, headers={"Location": f"{site.url}/c"})
    site.routes["/c"] = Reply(JPEG)
    result = load("/a")
    assert isinstance(result, Fetched)
    assert result.http.final_url == f"{site.url}/c"


def test_a_redirect_loop_ends(site, load):
    site.routes["/a"] = Reply(status=302, headers={"Location": "/a"})
    assert load("/a").reason == "redirect-loop"
    assert len(site.log) == 6


def test_loopback_is_refused_outside_the_sandbox(site):
    assert load_one(f"{site.url}/a", LIVE).reason == "refused-address"
    assert site.log == []


def test_in_the_sandbox_nothing_else_on_this_machine_is_asked(site):
    with serving() as other:
        sandbox = Internet(site.url, None, local=(site.url,))
        site.routes["/a"] = Reply(status=302, headers={"Location": f"{other.url}/b"})
        for url in (f"{other.url}/b", f"{site.url}/a", site.url.replace("127.0.0.1", "localhost") + "/a"):
            assert load_one(url, sandbox).reason == "refused-address"
        assert (other.log, other.robots) == ([], 0)
    assert site.log == ["/a"]


def test_cookies_are_not_kept(site):
    site.routes["/a"] = Reply(JPEG, headers={"Set-Cookie": "track=1; Path=/"})
    load_all([f"{site.url}/a", f"{site.url}/a?2"])
    assert "Cookie" not in site.headers[1]


@pytest.mark.parametrize("url", ["http://exa mple/", "http://\u2100/", "", "http://", "http://127.0.0.1:9/\ud800"])
def test_nonsense_is_a_failure_and_never_an_exception(url):
    assert isinstance(load_one(url), Failure)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("noai, noimageai", "noai, noimageai"),
        ("noindex, NoImageAI", "noimageai"),
        ("Touchstone: noai", "noai"),
        ("otherbot: noai", None),
        ("noai, max-image-preview:large", "noai"),
        ("max-snippet:-1, noimageai", "noimageai"),
        ("noai, unavailable_after: Fri, 25 Jun 2027 15:00:00 GMT", "noai"),
        ("otherbot: noai, touchstone: noimageai, max-snippet: 3", "noimageai"),
        ("touchstone: noindex, otherbot: noindex, noai", None),
        ("*: noai", "noai"),
        ("noindex", None),
    ],
)
def test_an_opt_out_drops_the_picture_or_marks_it_as_rights_says(site, load, tag, said):
    site.routes["/a"] = Reply(JPEG, headers={"X-Robots-Tag": tag})
    assert load("/a", rights="research").http.opt_out == said
    strict = load("/a")
    assert strict == Failure("opted-out", said) if said else strict.http.opt_out is None


def test_a_pause_that_the_server_asks_for_is_kept(site, load):
    def recover(handler):
        site.routes["/a"] = Reply(JPEG)
        Reply(status=429, headers={"Retry-After": "1"})(handler)

    site.routes["/a"] = recover
    start = time.monotonic()
    assert load("/a").data == JPEG
    assert time.monotonic() - start >= 1


@pytest.mark.parametrize(("status", "reason"), [(429, "too-many-requests"), (503, "server-error")])
def test_a_host_that_wants_a_long_pause_is_left_alone(site, status, reason):
    site.routes["/a"] = Reply(status=status, headers={"Retry-After": "3600"})
    for result in load_all([f"{site.url}/a", f"{site.url}/b"]):
        assert (result.reason, "longer pause" in result.detail) == (reason, True)
    assert site.log == ["/a"]


def test_a_404_is_not_asked_for_again_whatever_it_says(site, load):
    site.routes["/a"] = Reply(status=404, headers={"Retry-After": "0"})
    assert load("/a").reason == "not-found"
    assert site.log == ["/a"]
