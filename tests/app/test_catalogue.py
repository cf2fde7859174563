"""What the catalogue gives is what pandas finds in the raw manifests."""

import shutil
from collections import Counter

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.browsing.catalogue import PLACES, Catalogue, Filter
from app.browsing.thumbnail_cache import draw_thumbnails
from pipeline.lineage.manifests import Manifests
from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths

SOURCES = ("photos", "fakes")


def read(paths, *names, **columns):
    """The rows of some files, those that are there."""
    there = [path for name in names for path in sorted(paths.datasets.glob(name))]
    # The source of what was collected is the folder's name.
    tables = [pd.read_parquet(path) for path in there]
    named = [
        table if "source" in table else table.assign(source=path.parent.name)
        for path, table in zip(there, tables, strict=True)
    ]
    return pd.concat([table.assign(**columns) for table in named], ignore_index=True)


def walk(paths, recipe):
    """Every record by source and rank: its label, place, and the stage and reason that dropped it."""
    shards, unfetched = read(paths, "collected/*/shard-*.parquet"), read(paths, "collected/*/rejected.parquet")
    told = {
        (row.source, row.rank): {"label": row.label, "place": "unused", "stage": None, "reason": None}
        for row in shards.itertuples()
    }
    gone = [
        (unfetched, "collect"),
        (read(paths, "screened/*/rejected.parquet"), "screen"),
        (read(paths, "deduplicated/duplicates.parquet"), "deduplicate"),
        (read(paths, f"split/{recipe}/dropped.parquet"), "split"),
    ]
    for rows, stage in gone:
        for row in rows.itertuples():
            # Of what could not be fetched there is the label that params.yaml states.
            known = told.get((row.source, row.rank), {"label": SOURCES.index(row.source)})
            told[row.source, row.rank] = known | {"place": "dropped", "stage": stage, "reason": row.reason}
    for part in ("train", "val", "test"):
        for row in read(paths, f"split/{recipe}/{part}.parquet").itertuples():
            told[row.source, row.rank]["place"] = part
    return told


@pytest.fixture(scope="module")
def walked(trained):
    return walk(trained.paths, "tiny")


@pytest.fixture(scope="module")
def catalogue(trained):
    return Catalogue(Manifests(trained.paths), "tiny")


def test_every_record_is_counted_once(catalogue, walked):
    columns = ("source", "label", "place", "stage", "reason")
    counted = {tuple(row[name] for name in columns): row["pictures"] for row in catalogue.count()}
    expected = Counter((source, *(row[name] for name in columns[1:])) for (source, _), row in walked.items())
    assert counted == expected
    assert {row["stage"] for row in walked.values()} >= {"collect", "screen", "deduplicate"}


REASONS = ("http-404", "truncated", "blank", "near-duplicate", "nowhere")
FILTERS = st.builds(
    Filter,
    source=st.sampled_from([None, *SOURCES, "nobody"]),
    label=st.sampled_from([None, 0, 1]),
    place=st.sampled_from([None, *PLACES]),
    reason=st.sampled_from([None, *REASONS]),
)


@given(wanted=FILTERS, size=st.integers(1, 40))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_pages_hold_what_is_asked_for_in_order_and_nothing_twice(catalogue, walked, wanted, size):
    expected = sorted(key for key, row in walked.items() if wanted.fits({"source": key[0], **row}))
    found = []
    for number in range(len(expected) // size + 1):
        found += catalogue.page(wanted, number, size)
    assert [(row["source"], row["rank"]) for row in found] == expected
    assert all(row["place"] == walked[row["source"], row["rank"]]["place"] for row in found)
    counted = sum(row["pictures"] for row in catalogue.count() if wanted.fits(row))
    assert counted == len(expected)


def test_without_a_recipe_or_stage_what_is_there_is_told(trained, tmp_path):
    paths = Paths(tmp_path)
    shutil.copytree(trained.paths.datasets / "collected", paths.datasets / "collected")
    places = {row["place"] for row in Catalogue(Manifests(paths), None).count()}
    assert places == {"dropped", "unused"}
    assert Catalogue(Manifests(Paths(tmp_path / "nothing")), "tiny").count() == []


def test_a_damaged_manifest_is_named(trained, tmp_path):
    paths = Paths(tmp_path)
    shutil.copytree(trained.paths.datasets, paths.datasets)
    (paths.split("tiny") / "val.parquet").write_bytes(b"no Parquet")
    with pytest.raises(StageMissingError, match="split@tiny"):
        Catalogue(Manifests(paths), "tiny").count()


def test_thumbnails_are_drawn_of_all_that_can_be_decoded(trained, catalogue):
    rows = [row for number in range(4) for row in catalogue.page(Filter(), number, 60)]
    drawn = draw_thumbnails(Manifests(trained.paths), rows, 96)
    undrawn = {row["reason"] for row in rows if (row["source"], row["rank"]) not in drawn}
    assert undrawn == {"http-404", "truncated"}
    assert all(uri.startswith("data:image/") for uri in drawn.values())
