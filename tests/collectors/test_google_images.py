"""Real Chromium against pages on a local server."""

import socket
from urllib.parse import parse_qs, urlsplit

import pytest

from collectors.google import google_browse
from collectors.google.google_images import collect
from collectors.google.google_settings import Keyword
from pipeline.records.record import Record, Rejection
from pipeline.runtime.errors import NothingFoundError, RefusedError, ServiceError
from tests.collectors import google_samples as samples
from tests.collectors.local_server import Reply
from tests.factories import encode, make_image

HTML = {"Content-Type": "text/html; charset=utf-8"}

#: Loads the next batch when the end comes into view, as Google's page does; cards first, their records after them.
LAZY = """<div style="height: 3000px"></div><script>
let start = 10, busy = false;
addEventListener("scroll", async () => {
  if (busy || innerHeight + scrollY < document.body.scrollHeight - 500) return;
  busy = true;
  const answer = await fetch("/search?asearch=arc&udm=2&start=" + start);
  start += 10;
  const [cards, records] = (await answer.text()).split("#####");
  document.querySelector(".jFk0f").insertAdjacentHTML("beforeend", cards);
  if (records) { const s = document.createElement("script"); s.textContent = records; document.body.append(s); }
  busy = !records;
});
</script></body>"""


class Google:
    """A result page of 2026 that shows ``total`` pictures, ten at a time, behind a consent page."""

    def __init__(self, site, total, consent=False):
        self.site, self.pictures, self.consented, self.seen = site, [], not consent, []
        for number in range(total):
            address = f"{site.url}/pictures/{number}.jpg?w=96"
            facts = {"docid": f"doc{number}", "full": [address, 64, 96], "page": f"https://example.org/{number}"}
            self.pictures.append({**samples.CAT, **facts, "title": f"Picture {number}"})
            site.routes[f"/pictures/{number}.jpg"] = Reply(encode(make_image(number)))
        site.routes["/search"] = self.search
        site.routes["/save"] = self.save

    def search(self, handler):
        query = parse_qs(urlsplit(handler.path).query)
        self.seen.append(query)
        start = int(query.get("start", ["0"])[0])
        batch = self.pictures[start : start + 10]
        if not self.consented:
            form = samples.CONSENT.replace("https://consent.google.com/save", "/save")
            Reply(form, headers=HTML)(handler)
        elif "asearch" in query:
            cards = "".join(samples.card(picture) for picture in batch)
            records = samples.google_json([samples.record(picture) for picture in batch])
            Reply(f"{cards}#####{f'window.more={records}' if batch else ''}")(handler)
        else:
            Reply(samples.page_2026(batch).replace("</body>", LAZY), headers=HTML)(handler)

    def save(self, handler):
        self.consented = b"set_eom=true" in handler.body
        Reply(status=303, headers={"Location": "/search?q=cats&udm=2&hl=en"})(handler)


def keyword(limit=100):
    return Keyword(collector="google_images", query="black cats", label="FAKE", limit=limit, generator="a model")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(google_browse, "SETTLING", 0.5)
    monkeypatch.setattr(google_browse, "GROWTH_TRIES", 3)


def test_consent_is_rejected_and_the_page_scrolled_to_its_end(site, context):
    google = Google(site, 24, consent=True)
    del site.routes["/pictures/7.jpg"]
    results = list(collect("cats", keyword(), context))
    assert google.consented
    assert google.seen[0] == {"q": ["black cats"], "udm": ["2"], "hl": ["en"]}
    assert len(results) == 24
    assert isinstance(results[7], Rejection)
    assert results[7].reason == "not-found"
    record = results[23]
    assert isinstance(record, Record)
    found = record.candidate
    assert (found.rank, found.query, found.title) == (23, "black cats", "Picture 23")
    assert (found.image_url, found.page_url) == ("http://sandbox.test/pictures/23.jpg?w=96", "https://example.org/23")
    assert (found.label, found.collector, found.generator) == (None, "google_images", None)
    assert record.data == encode(make_image(23))


def test_the_limit_is_kept_and_no_further_page_is_asked_for(site, context):
    google = Google(site, 40)
    assert len(list(collect("cats", keyword(limit=8), context))) == 8
    assert len(google.seen) == 1


@pytest.mark.parametrize(
    ("html", "error", "words"),
    [
        (samples.SORRY, RefusedError, "it asks for a captcha"),
        (samples.CHALLENGE, RefusedError, "it challenges the browser"),
        (samples.CONSENT.replace("<button", "<b").replace("</button", "</b"), RefusedError, "consent page"),
        (samples.NO_RESULTS, NothingFoundError, "no results for 'black cats'"),
        (
            "<p>All new!</p>",
            NothingFoundError,
            "tried: records-2026, records-2024, cards, grid, thumbnails, grid-thumbnails",
        ),
    ],
    ids=["captcha", "challenge", "consent", "no results", "unknown"],
)
def test_other_pages_end_the_search_with_one_clear_line(site, context, html, error, words):
    site.routes["/search"] = Reply(html, headers=HTML)
    with pytest.raises(error, match=words):
        list(collect("cats", keyword(), context))


def test_a_captcha_on_the_way_keeps_what_was_found(site, context):
    google = Google(site, 10)
    sorry = samples.SORRY.replace("'", "\\'").replace("\n", " ")
    page = samples.page_2026(google.pictures)
    turning = f"<script>addEventListener('scroll', () => document.write('{sorry}'))</script></body>"
    site.routes["/search"] = Reply(
        page.replace("</body>", '<div style="height:9000px"></div>' + turning), headers=HTML
    )
    results = collect("cats", keyword(), context)
    assert all(isinstance(next(results), Record) for _ in range(10))
    with pytest.raises(RefusedError, match="captcha; 10 results are kept"):
        next(results)
    site.routes["/search"] = Reply(page, headers=HTML)
    site.log.clear()
    assert len(list(collect("cats", keyword(limit=10), context))) == 10
    assert not [path for path in site.log if path.startswith("/pictures")]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda handler: handler.connection.shutdown(socket.SHUT_RDWR), "ERR_EMPTY_RESPONSE"),
        (Reply(status=503), "HTTP ERROR 503"),
    ],
)
def test_a_page_that_cannot_be_loaded_is_named(site, context, answer, code):
    site.routes["/search"] = answer
    with pytest.raises(ServiceError, match=rf"/search\?q=black\+cats&udm=2&hl=en cannot be loaded \({code}\)"):
        list(collect("cats", keyword(), context))
