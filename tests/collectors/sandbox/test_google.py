"""Google's side of the sandbox, by plain HTTP and with the reader of pages."""

import json

import pytest
import requests

from collectors.google.google_page import Kind, read_page
from collectors.sandbox.gates import own_address
from tests.collectors.sandbox.conftest import TITLE


def get(running, path, **options):
    return requests.get(running.internet.google + path, timeout=10, **options)


def test_the_page_holds_the_records_of_the_first_batch(running, pool):
    answer = get(running, "/search?q=animals&udm=2&hl=en")
    page = read_page(answer.text, answer.url)
    assert (page.kind, len(page.results), page.found["records-2026"]) == (Kind.RESULTS, 100, 100)
    first = page.results[0]
    assert first.image_url == f"{running.internet.google}/photos/animals-0%20%281%29.jpg"
    assert (first.height, first.width) == (80, 64)
    assert first.page_url == "https://www.example.org/0?id=0&lang=en"
    assert first.title == TITLE.format(0)
    assert get(running, first.thumbnail.removeprefix(running.internet.google)).content == (
        pool.by_name["animals-0 (1).jpg"].thumbnail
    )


def test_titles_and_queries_cannot_leave_their_place(running):
    answer = get(running, "/search", params={"q": 'animals sandbox:"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text
    assert "<b>O" not in get(running, "/search?q=animals").text
    assert "<i>" not in get(running, "/search?q=noresults <i>").text


def test_batches_follow_until_all_is_shown(running):
    seen, start = [], 10
    while start:
        answer = get(running, f"/search?q=animals&udm=2&asearch=arc&start={start}").text
        batch = json.loads(answer.removeprefix(")]}'\n"))
        page = read_page(f"<script>{batch['script']}</script>", running.internet.google)
        seen.append(len(page.results))
        start = batch["next"]
    assert seen == [100, 50]


@pytest.mark.parametrize("start", ["x", "-1", "\u0663", "9" * 500])
def test_a_start_that_is_none_is_the_first(running, start):
    assert "animals-0%20" in get(running, f"/search?q=animals&start={start}").text


def test_no_results(running):
    answer = get(running, "/search?q=noresults&udm=2")
    assert read_page(answer.text, answer.url).kind is Kind.NO_RESULTS


def test_captcha(running):
    answer = get(running, "/search?q=animals+sandbox:captcha&udm=2")
    assert (answer.status_code, answer.history[0].status_code) == (429, 302)
    assert "/sorry/index?continue=%2Fsearch%3Fq" in answer.url
    assert read_page(answer.text, "http://elsewhere/").kind is Kind.CAPTCHA


def test_challenge(running):
    answer = get(running, "/search?q=animals+sandbox:challenge&udm=2")
    assert (answer.status_code, read_page(answer.text, answer.url).kind) == (200, Kind.CHALLENGE)


@pytest.mark.parametrize("choice", [{"set_eom": "true"}, {"set_sc": "true", "set_aps": "true", "set_eom": "false"}])
def test_consent_is_asked_for_once(running, choice):
    session = requests.Session()
    address = f"{running.internet.google}/search?q=animals+sandbox:consent&udm=2"
    answer = session.get(address, timeout=10)
    assert "/m?continue=" in answer.url
    assert read_page(answer.text, answer.url).kind is Kind.CONSENT
    form = {"continue": "/search?q=animals+sandbox:consent&udm=2", **choice}
    answer = session.post(f"{running.internet.google}/save", data=form, timeout=10)
    assert (answer.url, "SOCS" in session.cookies) == (address, True)
    assert read_page(answer.text, answer.url).kind is Kind.RESULTS


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/search?q=a+b&x=%2F", "/search?q=a+b&x=%2F"),
        ("http://127.0.0.1:1/search?q=a", "/search?q=a"),
        ("https://example.org/x", "/"),
        ("//example.org/x", "/"),
        ("/\\example.org", "/%5Cexample.org"),
        ("javascript:alert(1)", "/"),
        ("http://127.0.0.1:1@example.org/", "/"),
        ("http://127.0.0.1:1.example.org/", "/"),
        ("/x\r\nSet-Cookie: a=b", "/xSet-Cookie%3A%20a%3Db"),
        ("http://[", "/"),
        ("x", "/"),
    ],
)
def test_consent_leads_to_no_other_host(target, path):
    assert own_address("http://127.0.0.1:1", target) == f"http://127.0.0.1:1{path}"


def test_robots_are_welcome_and_other_paths_are_not_there(running):
    assert "Allow: /" in get(running, "/robots.txt").text
    assert get(running, "/nothing").status_code == 404
    assert get(running, "/photos/../robots.txt").status_code == 200
    assert requests.post(running.internet.google + "/search", timeout=10).status_code == 404
    assert ("GET", "/nothing") in running.requests
