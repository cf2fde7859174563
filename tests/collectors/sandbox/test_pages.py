"""Each page that Google has, old and new, in real Chromium: one browser for all."""

from contextlib import nullcontext

import pytest
import requests

from collectors.google import google_browse
from collectors.google.browser import open_browser
from collectors.google.google_browse import Search, browse
from collectors.google.google_images import collect
from collectors.google.google_page import Kind, read_page
from collectors.google.google_settings import Keyword
from collectors.http.fetched import Fetched
from tests.collectors.loading import load_all


@pytest.fixture(scope="module")
def driver():
    with open_browser() as driver:
        yield driver


@pytest.fixture
def _impatient(monkeypatch):
    """For pages on which nothing is still to come: waiting for more is in vain."""
    monkeypatch.setattr(google_browse, "SETTLING", 1.0)
    monkeypatch.setattr(google_browse, "GROWTH_WAIT", 0.3)
    monkeypatch.setattr(google_browse, "GROWTH_TRIES", 2)


@pytest.fixture
def look(driver, running):
    def look_it(query, limit=100, thumbnails=False):
        driver.delete_all_cookies()
        address = f"{running.internet.google}/search?q={query.replace(' ', '+')}&udm=2&hl=en"
        return browse(driver, Search(address, limit, thumbnails))

    return look_it


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("sandbox:captcha", Kind.CAPTCHA),
        ("sandbox:challenge", Kind.CHALLENGE),
        ("sandbox:unknown", Kind.UNKNOWN),
        ("noresults", Kind.NO_RESULTS),
    ],
)
def test_pages_without_results_are_told_apart(look, words, kind):
    page = look(f"animals {words}")
    assert (page.kind, page.results) == (kind, ())


@pytest.mark.parametrize("form", ["consent", "overlay"])
def test_consent_is_rejected_be_it_a_page_or_a_dialog(look, driver, running, form):
    # More than the first batch: the dialog would keep the page from growing.
    page = look(f"animals sandbox:{form}", limit=150)
    assert (page.kind, len(page.results)) == (Kind.RESULTS, 200)
    assert [path for method, path in running.requests if method == "POST"] == ["/save"]
    assert driver.get_cookie("SOCS")["value"] == "reject"


@pytest.mark.parametrize(("words", "rule"), [("", "records-2026"), ("sandbox:2024", "records-2024")])
def test_every_generation_since_2024_is_read_in_full(look, pool, running, words, rule):
    page = look(f"animals {words}", limit=250)
    assert (page.found[rule], page.found["grid"], page.found["cards"]) == (250, 0, 0)
    assert len(page.results) == 250
    _as_in(pool, running, page.results)


def test_the_older_grid_shows_full_sizes_for_its_first_batch_only(look, pool, running):
    page = look("animals sandbox:grid")
    assert page.found["grid"] == 100
    _as_in(pool, running, page.results)


def test_the_rest_of_the_older_grid_is_thumbnails_behind_a_button(look, driver, pool, running):
    page = look("animals sandbox:grid", limit=300, thumbnails=True)
    assert (page.found["grid"], page.found["grid-thumbnails"]) == (100, 226)
    _as_in(pool, running, page.results[:100])
    expected = pool.by_topic["animals"]
    for result, picture in zip(page.results[100:], expected[100:], strict=True):
        assert (result.image_url, result.rule) == (None, "grid-thumbnails")
        assert (result.title, result.page_url) == (picture.title, picture.page_url)
    # Every 25th container holds related searches; the path of the thumbnails passes over them.
    related = driver.execute_script(
        "return [...document.querySelectorAll('.islrc > div')].map((box, i) => box.dataset.id ? -1 : i + 1)"
    )
    assert [place for place in related if place > 0] == list(range(25, 261, 25))


def test_thumbnails_that_load_in_view_are_waited_for_where_nothing_else_is_to_be_had(look, pool):
    page = look("cityscape sandbox:bare", thumbnails=True)
    assert [result.rule for result in page.results] == ["thumbnails"] * 4
    assert [result.title for result in page.results] == [picture.title for picture in pool.by_topic["cityscape"]]
    page = look("animals sandbox:bare", limit=100, thumbnails=True)
    assert len(Search("", 100, thumbnails=True).wanted(page)) == 100


def _as_in(pool, running, results):
    for result, picture in zip(results, pool.by_topic["animals"], strict=False):
        assert result.image_url.startswith(f"{running.internet.google}/photos/animals-")
        assert (result.height, result.width) == (picture.height, picture.width)
        assert (result.title, result.page_url) == (picture.title, picture.page_url)


@pytest.fixture
def collected(driver, context, monkeypatch):
    def collect_it(thumbnails):
        monkeypatch.setattr("collectors.google.google_images.open_browser", lambda: nullcontext(driver))
        settings = Keyword(collector="google_images", query="cityscape", label="REAL", thumbnails=thumbnails)
        return list(collect("city", settings, context))

    return collect_it


def test_a_thumbnail_takes_the_place_of_what_cannot_be_had_and_says_so(collected, pool, capsys):
    results = collected("fallback")
    found = [(result.candidate.rank, result.candidate.thumbnail, result.candidate.found_by) for result in results]
    assert found == [(0, False, "records-2026"), *((rank, True, "records-2026") for rank in (1, 2, 3))]
    pictures = pool.by_topic["cityscape"]
    assert [result.data for result in results] == [pictures[0].data, *(picture.thumbnail for picture in pictures[1:])]
    assert results[1].candidate.image_url.startswith("http://sandbox.test/images?q=tbn:")
    assert "  read by rule: records-2026 4, records-2024 0, cards 0, grid 0, thumbnails" in capsys.readouterr().out


def test_thumbnails_only(collected, running, pool):
    results = collected("only")
    assert [result.data for result in results] == [picture.thumbnail for picture in pool.by_topic["cityscape"]]
    assert {result.candidate.thumbnail for result in results} == {True}
    assert not [path for _, path in running.requests if path.startswith("/photos/")]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("slow", "timeout"), ("reset", "connection"), ("wrongtype", "not-a-picture"), ("endless", "too-large")],
)
def test_hosts_fail_on_demand(context, running, fault, reason):
    html = requests.get(f"{running.internet.google}/search?q=animals+sandbox:{fault}", timeout=10).text
    addresses = [result.image_url for result in read_page(html, running.internet.google).results]
    settings = context.fetching.model_dump()
    assert {type(outcome) for outcome in load_all(addresses[:3], running.internet, **settings)} == {Fetched}
    settings |= {"timeout": 0.2} if reason == "timeout" else {}
    assert load_all(addresses[3:4], running.internet, **settings)[0].reason == reason
