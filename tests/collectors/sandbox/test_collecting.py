"""The collector and real Chromium against the sandbox."""

from urllib.parse import parse_qs

import pytest

from collectors.google import google_browse
from collectors.google.google_images import collect
from collectors.google.google_settings import Filters, Keyword
from pipeline.records.record import Record
from pipeline.runtime.errors import NothingFoundError, RefusedError


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(google_browse, "SETTLING", 1.0)
    monkeypatch.setattr(google_browse, "GROWTH_WAIT", 0.5)
    monkeypatch.setattr(google_browse, "GROWTH_TRIES", 2)


def keyword(query, limit=300):
    return Keyword(collector="google_images", query=query, label="REAL", limit=limit)


def test_all_results_are_found_by_scrolling_behind_a_consent_page(running, context, pool):
    records = list(collect("animals", keyword("animals sandbox:consent"), context))
    expected = pool.by_topic["animals"]
    assert [record.data for record in records] == [picture.data for picture in expected]
    assert [record.candidate.title for record in records] == [picture.title for picture in expected]
    assert [record.candidate.page_url for record in records] == [picture.page_url for picture in expected]
    batches = [path for _, path in running.requests if "asearch=arc" in path]
    assert [path.rpartition("=")[2] for path in batches] == ["10", "20"]
    assert [path for method, path in running.requests if method == "POST"] == ["/save"]


def test_no_further_batch_is_asked_for_than_is_wanted(running, context):
    assert len(list(collect("animals", keyword("animals", limit=90), context))) == 90
    assert not [path for _, path in running.requests if "asearch=arc" in path]


def test_filters_are_in_the_address_that_is_asked_for(running, context):
    filters = Filters(
        size="large", type="photo", colour="teal", licence="creative-commons", aspect="tall", since="2015-01",
        until="2020-12", safe_search="none", language="en", country="DE",
    )  # fmt: skip
    narrowed = keyword("animals", limit=5).model_copy(update={"filters": filters})
    assert len(list(collect("animals", narrowed, context))) == 5
    (path,) = [path for _, path in running.requests if path.startswith("/search")]
    assert parse_qs(path.partition("?")[2]) == {
        "q": ["animals"],
        "udm": ["2"],
        "hl": ["en"],
        "tbs": ["isz:l,itp:photo,ic:specific,isc:teal,sur:cl,cdr:1,cd_min:01/01/2015,cd_max:12/31/2020"],
        "imgar": ["t|xt"],
        "safe": ["off"],
        "lr": ["lang_en"],
        "cr": ["countryDE"],
    }


def test_faults_become_reasons(context):
    results = list(collect("city", keyword("cityscape"), context))
    reasons = [None if isinstance(result, Record) else result.reason for result in results]
    assert reasons == [None, "not-found", "connection", "not-a-picture"]


@pytest.mark.parametrize(
    ("query", "error", "words"),
    [
        ("animals sandbox:captcha", RefusedError, "asks for a captcha"),
        ("animals sandbox:challenge", RefusedError, "challenges the browser"),
        ("noresults", NothingFoundError, "has no results"),
    ],
)
def test_other_pages_end_the_search(context, query, error, words):
    with pytest.raises(error, match=words):
        list(collect("animals", keyword(query), context))
