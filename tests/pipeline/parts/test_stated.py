import pyarrow as pa
import pytest

from collectors.registry import COLLECTORS
from pipeline.config.params import parse_source
from pipeline.statements.stated import NOTHING_STATED, Stated
from pipeline.storage.labels import Label

FOUND = pa.table(
    {
        "label": pa.array([0, 1, None], pa.int8()),
        "generator": pa.array(["x", "y", "z"]),
        "license": pa.array(["CC0", None, "MIT"]),
    }
)


def told(stated, columns=("label", "generator", "license")):
    table = stated.apply(FOUND.select(columns))
    assert table.schema.names == list(columns)
    return [tuple(row.values()) for row in table.to_pylist()]


def test_without_a_statement_what_was_found_counts_and_only_fakes_have_a_generator():
    assert told(NOTHING_STATED) == [(0, None, "CC0"), (1, "y", None), (None, None, "MIT")]


def test_what_is_stated_counts_more_than_what_was_found():
    assert told(Stated(Label.FAKE, "sd14", "CC BY 4.0")) == [(1, "sd14", "CC BY 4.0")] * 3
    assert told(Stated(Label.REAL, "sd14")) == [(0, None, "CC0"), (0, None, None), (0, None, "MIT")]


def test_a_licence_of_its_own_counts_more_where_each_picture_has_one():
    stated = Stated(license="CC BY 4.0", licensed_singly=True)
    assert told(stated, ["license"]) == [("CC0",), ("CC BY 4.0",), ("MIT",)]


MINIMAL = {
    "google_images": {"query": "cats", "label": "REAL"},
    "kaggle": {"dataset": "owner/name"},
    "archive": {"path": "a.zip", "label": "REAL"},
    "folder": {"path": "a", "label": "REAL"},
    "url_list": {"path": "a.csv", "label": "REAL"},
}


@pytest.mark.parametrize("collector", [collector.name for collector in COLLECTORS])
def test_what_a_source_is_says_nothing_that_people_state(collector):
    content = {"collector": collector, **MINIMAL[collector]}
    plain = parse_source("params.yaml", "x", content).definition()
    more = {"license": "CC0", "generator": "sd14"} | ({"label": "FAKE"} if "label" in content else {})
    assert parse_source("params.yaml", "x", content | more).definition() == plain
    assert not {"label", "license", "generator"} & plain.keys()
    assert plain["collector"] == collector
    assert plain["labels"] == ("stated" if "label" in content else "read")


def test_settings_that_are_as_they_would_be_anyway_change_nothing():
    content = {"collector": "google_images", **MINIMAL["google_images"]}
    same = content | {"limit": 100, "thumbnails": "never", "filters": {}}
    assert parse_source("p", "x", same).definition() == parse_source("p", "x", content).definition()
    other = parse_source("p", "x", content | {"filters": {"type": "photo"}}).definition()
    assert other["filters"] == {"type": "photo"}
