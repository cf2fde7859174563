import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.google.google_page import Kind, read_page
from tests.collectors import google_samples as samples

SEARCH = "https://www.google.com/search?q=cats&udm=2"

PAGES = {
    "records-2026": samples.page_2026(samples.BOTH),
    "records-2024": samples.page_2024(samples.BOTH),
    "cards": samples.page_cards(samples.BOTH),
    "grid": samples.page_grid(samples.BOTH),
}


@pytest.mark.parametrize("rule", PAGES)
def test_each_generation_of_the_page_is_read_by_its_own_rule(rule):
    page = read_page(PAGES[rule], SEARCH)
    assert page.kind is Kind.RESULTS
    assert page.found[rule] == 2
    for result, picture in zip(page.results, samples.BOTH, strict=True):
        address, height, width = picture["full"]
        assert (result.image_url, result.height, result.width) == (address, height, width)
        assert (result.docid, result.page_url, result.title) == (picture["docid"], picture["page"], picture["title"])


@pytest.mark.parametrize("rule", ["records-2026", "records-2024", "grid"])
def test_records_carry_the_thumbnail(rule):
    results = read_page(PAGES[rule], SEARCH).results
    assert [result.thumbnail for result in results] == [samples.CAT["thumbnail"][0], samples.DOG["thumbnail"][0]]


def test_records_in_an_update_with_escaped_quotes_are_read():
    update = samples.google_json([["key", samples.google_json(samples.record(samples.DOG))]])
    (result,) = read_page(f"<script>x='{update}'</script>", SEARCH).results
    assert result.image_url == samples.DOG["full"][0]
    assert result.title == "Dogs"


def test_records_and_cards_of_one_picture_are_one_result_in_the_order_of_the_page():
    bird = {**samples.DOG, "docid": "bird", "full": ["https://example.org/bird.jpg", 10, 20]}
    page = samples.page_2024([samples.CAT, bird])
    hovered = samples.page_cards([samples.DOG]).partition('<div class="jFk0f">')[2].partition("</div></div><script")[0]
    both = page.replace('<div class="jFk0f">', '<div class="jFk0f">' + hovered)
    results = read_page(both, SEARCH).results
    assert [result.docid for result in results] == ["dOg2", "aBc1-_xYz", "bird"]


def test_a_record_that_makes_no_sense_is_skipped_and_its_neighbours_are_kept():
    broken = [
        [1, [0, 5, None, ["https://example.org/x.jpg", "a", 3]]],
        [1, [0, "raw", ["https://t.example.org/t", 1, 1], ["x-raw-image:///0815", 10, 10], None, 0, "rgb(1,2,3)"]],
        [1, None],
        {"2003": 7},
    ]
    records = [samples.record(samples.CAT), *broken, samples.record(samples.DOG)]
    html = samples.page("", f"var m={samples.google_json({str(i): r for i, r in enumerate(records)})};")
    assert [result.docid for result in read_page(html, SEARCH).results] == ["aBc1-_xYz", "dOg2"]


def test_a_source_page_that_is_not_http_is_left_out():
    html = samples.page_2024([{**samples.CAT, "page": "javascript:alert(1)"}])
    assert read_page(html, SEARCH).results[0].page_url is None


@pytest.mark.parametrize(
    ("kind", "html", "url"),
    [
        (Kind.CONSENT, samples.CONSENT, "https://consent.google.com/m?continue=https://www.google.com/"),
        (Kind.CONSENT, samples.CONSENT, "http://127.0.0.1:8000/consent"),
        (Kind.CONSENT, '<div role="dialog"><button id="W0wltc">Reject all</button></div>', SEARCH),
        (Kind.CAPTCHA, samples.SORRY, "https://www.google.com/sorry/index?continue=x"),
        (Kind.CAPTCHA, samples.SORRY, SEARCH),
        (Kind.CAPTCHA, samples.SORRY_2016, SEARCH),
        (Kind.CAPTCHA, '<a href="/sorry/index?continue=x">here</a>', SEARCH),
        (Kind.CHALLENGE, samples.CHALLENGE, SEARCH),
        (Kind.NO_RESULTS, "<p>Your search did not match any image results.</p>", SEARCH),
        (Kind.RESULTS, samples.card(samples.CAT), SEARCH),
        (Kind.UNKNOWN, "<html><body>Hello</body></html>", SEARCH),
        (Kind.UNKNOWN, "", SEARCH),
    ],
)
def test_pages_are_told_apart(kind, html, url):
    page = read_page(html, url)
    assert page.kind is kind
    assert page.results == ()


def test_a_page_without_results_counts_as_that_though_it_carries_the_hint_for_browsers_without_scripts():
    assert read_page(samples.NO_RESULTS, SEARCH).kind is Kind.NO_RESULTS


def test_a_title_that_speaks_of_captchas_does_not_make_a_captcha():
    html = samples.page_2024(
        [{**samples.CAT, "title": "Our systems have detected unusual traffic from your computer"}]
    )
    assert read_page(html, SEARCH).kind is Kind.RESULTS


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(PAGES)),
    st.lists(
        st.tuples(
            st.floats(0, 1), st.integers(0, 40), st.text(max_size=12) | st.sampled_from(['"', "\\", "[", "{", "<"])
        ),
        max_size=8,
    ),
)
def test_no_damage_to_a_page_makes_reading_it_fail(rule, wounds):
    html = PAGES[rule]
    for place, length, text in wounds:
        start = int(place * len(html))
        html = html[:start] + text + html[start + length :]
    for result in read_page(html, SEARCH).results:
        assert result.image_url.startswith("http")
        f"{result.image_url}{result.title}{result.page_url}".encode()
