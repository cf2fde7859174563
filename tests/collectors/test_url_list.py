import csv

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.lists.url_list import collect
from pipeline.config.params import parse_source
from pipeline.records.record import Record
from pipeline.runtime.errors import AddressListError, PathMissingError
from pipeline.storage.labels import Label
from tests.collectors.local_server import Reply
from tests.factories import encode, make_image


def settings(path="list.csv", **more):
    return parse_source("params.yaml", "listed", {"collector": "url_list", "path": path, **more})


@pytest.fixture
def rows(site):
    for number in range(4):
        site.routes[f"/{number}.jpg"] = Reply(encode(make_image(number)))
    return [
        {
            "url": f"{site.url}/0.jpg",
            "label": "real",
            "title": 'A cat, \u00e9\nand a "dog"',
            "license": "CC0",
            "x": "1",
        },
        {"url": f"{site.url}/1.jpg", "label": "FAKE", "title": "", "license": "", "x": "2"},
        {"url": f"{site.url}/9.jpg", "label": "FAKE", "title": "gone", "license": "", "x": "3"},
        {"url": "", "label": "REAL", "title": "", "license": "", "x": "4"},
        {"url": f"{site.url}/2.jpg", "label": "maybe", "title": "", "license": "", "x": "5"},
        {"url": "https://example.org/2.jpg", "label": "REAL", "title": "", "license": "", "x": "6"},
        {"url": f"{site.url}/{'x' * 5000}.jpg", "label": "REAL", "title": "", "license": "", "x": "7"},
    ]


def write(root, rows, name="list.csv"):
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), root / name)
        return
    with (root / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("name", ["list.csv", "list.parquet"])
def test_each_row_becomes_a_record_or_a_reason(context, rows, name):
    write(context.root, rows, name)
    results = list(collect("listed", settings(name, license="unknown", generator="a model"), context))
    outcomes = ["fetched" if isinstance(result, Record) else result.reason for result in results]
    assert outcomes == [
        "fetched", "fetched", "not-found", "bad-address", "no-label", "outside-sandbox", "bad-address"
    ]  # fmt: skip
    assert [result.candidate.rank if isinstance(result, Record) else result.rank for result in results] == [*range(7)]
    cat, fake = results[0].candidate, results[1].candidate
    assert (cat.label, cat.title, cat.license) == (Label.REAL, 'A cat, \u00e9\nand a "dog"', "CC0")
    assert (cat.image_url, cat.generator, cat.collector) == ("http://sandbox.test/0.jpg", None, "url_list")
    assert (fake.label, fake.title, fake.license, fake.generator) == (Label.FAKE, None, None, None)
    assert results[1].data == encode(make_image(1))


def test_columns_and_labels_may_have_other_names(context, rows, site):
    write(context.root, [{"link": f"{site.url}/0.jpg", "ai": 1}, {"link": f"{site.url}/1.jpg", "ai": 0}], "l.parquet")
    other = settings("l.parquet", columns={"url": "link", "label": "ai"}, real="0", fake="1")
    assert [result.candidate.label for result in collect("listed", other, context)] == [Label.FAKE, Label.REAL]


def test_the_page_that_shows_a_picture_is_named_and_may_opt_out(context, rows, site):
    site.routes["/open"] = Reply("<p>", headers={"Content-Type": "text/html"})
    site.routes["/closed"] = Reply("<p>", headers={"Content-Type": "text/html", "X-Robots-Tag": "noai"})
    pages = [f"{site.url}/open", f"{site.url}/closed", "file:///etc/passwd", "nowhere", f"http://a/{'x' * 5000}", ""]
    write(context.root, [{"url": f"{site.url}/0.jpg?{rank}", "shown": page} for rank, page in enumerate(pages)])
    first, second, *others = collect("listed", settings(label="REAL", columns={"page_url": "shown"}), context)
    assert first.candidate.page_url == "http://sandbox.test/open"
    assert (second.reason, second.candidate.page_url) == ("opted-out", "http://sandbox.test/closed")
    assert [other.candidate.page_url for other in others] == [None] * 4


def test_a_label_for_all_needs_no_column(context, rows, site):
    (context.root / "list.csv").write_text(f"\ufeffurl\r\n{site.url}/0.jpg\r\n")
    one = settings(label="FAKE")
    assert [result.candidate.label for result in collect("listed", one, context)] == [None]
    assert one.classes() == {Label.FAKE}
    assert settings().classes() == set(Label)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"address,label\nhttp://a/b.jpg,REAL\n", "no column 'url'"),
        (b"PAR1 and no more", "cannot be read"),
        (b"url\n\xff\xfe\n", "cannot be read"),
        (b'url\n"http://a', "cannot be read"),
        (b"url\n" + b"x" * 200_000, "cannot be read"),
    ],
    ids=["no column", "broken parquet", "no text", "open quote", "endless cell"],
)
def test_a_list_that_cannot_be_read_is_said(context, content, words):
    (context.root / "list.csv").write_bytes(content)
    with pytest.raises(AddressListError, match=rf"list\.csv: {words}"):
        list(collect("listed", settings(label="REAL"), context))


def test_parquet_without_the_column_and_no_list_at_all(context):
    write(context.root, [{"picture": "x"}], "l.parquet")
    with pytest.raises(AddressListError, match="no column 'url'"):
        list(collect("listed", settings("l.parquet", label="REAL"), context))
    with pytest.raises(PathMissingError, match=r"list\.csv: no such file"):
        list(collect("listed", settings(), context))
