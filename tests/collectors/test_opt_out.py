import dataclasses

import pytest

from collectors.http.context import Internet
from collectors.http.fetch import fetch_all
from collectors.http.opt_out import LONGEST
from pipeline.records.record import Candidate, Record
from pipeline.storage.labels import Label
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image

HTML = {"Content-Type": "text/html; charset=utf-8"}
NO_AI = '<html><head><title>Cats</title><meta name="robots" content="noindex, noai, noimageai"></head><body>'


@pytest.fixture
def fetch(site, context):
    """Fetch three pictures that stand on one page, under some settings."""
    for number in range(3):
        site.routes[f"/{number}.jpg"] = Reply(encode(make_image(number)))
    found = [
        Candidate("cats", rank, Label.REAL, "google_images", f"{site.url}/{rank}.jpg", page_url=f"{site.url}/page")
        for rank in range(3)
    ]

    def run(candidates=found, internet=context.internet, **settings):
        fetching = context.fetching.model_copy(update=settings)
        return list(fetch_all(candidates, dataclasses.replace(context, fetching=fetching, internet=internet)))

    run.found = found
    return run


def outcomes(results):
    return [result.http.opt_out if isinstance(result, Record) else result.reason for result in results]


def test_a_page_that_opts_out_is_asked_once_and_its_pictures_are_not_loaded(site, fetch):
    site.routes["/page"] = Reply(NO_AI, headers=HTML)
    results = fetch()
    assert outcomes(results) == ["opted-out"] * 3
    assert results[0].detail == "noai, noimageai"
    assert site.log == ["/page"]


def test_for_research_the_pictures_are_kept_and_marked(site, fetch):
    site.routes["/page"] = Reply(NO_AI, headers=HTML)
    assert outcomes(fetch(rights="research")) == ["noai, noimageai"] * 3
    assert site.log.count("/page") == 1


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (Reply('<meta name=ROBOTS content="NOAI">', headers=HTML), "noai"),
        (Reply('<meta name="touchstone" content="noimageai">', headers=HTML), "noimageai"),
        (Reply('<meta name="otherbot" content="noai">', headers=HTML), None),
        (Reply('<meta name="robots" content="noindex">', headers=HTML), None),
        (Reply('<p>They say <code>&lt;meta name="robots" content="noai"&gt;</code>.', headers=HTML), None),
        (Reply("Cats", headers=HTML | {"X-Robots-Tag": "noai"}), "noai"),
        (Reply('<meta name="robots" content="noai">', headers={"Content-Type": "text/plain"}), None),
        (Reply("<head>" + " " * LONGEST + '<meta name="robots" content="noai">', headers=HTML), None),
        (Reply(NO_AI, 404, headers=HTML), None),
        (Reply(status=302, headers={"Location": "/moved"}), "noai, noimageai"),
        (Reply(status=302, headers={"Location": "http://10.0.0.1/"}), None),
    ],
)
def test_what_a_page_says(site, fetch, page, said):
    site.routes["/page"], site.routes["/moved"] = page, Reply(NO_AI, headers=HTML)
    assert outcomes(fetch(rights="research")) == [said] * 3


def test_a_page_that_robots_txt_forbids_is_not_asked(site, fetch):
    site.routes["/robots.txt"] = Reply("User-agent: *\nDisallow: /page\n")
    site.routes["/page"] = Reply(NO_AI, headers=HTML)
    assert outcomes(fetch()) == [None] * 3
    assert "/page" not in site.log


def test_pages_can_be_left_alone(site, fetch):
    site.routes["/page"] = Reply(NO_AI, headers=HTML)
    assert outcomes(fetch(page_opt_outs=False)) == [None] * 3
    assert "/page" not in site.log


def test_from_the_sandbox_nobody_goes_out_to_a_page(site, fetch):
    with serving() as other:
        candidates = [dataclasses.replace(each, page_url=f"{other.url}/page") for each in fetch.found]
        other.routes["/page"] = Reply(NO_AI, headers=HTML)
        assert outcomes(fetch(candidates, Internet(site.url, None, local=(site.url,)))) == [None] * 3
        assert (other.log, other.robots) == ([], 0)
