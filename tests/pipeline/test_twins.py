"""Twins, from the table of an archive down to the split: a picture and what was generated after it stay together."""

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.records.shards import REJECTED
from pipeline.storage.labels import Label
from tests.ai_vs_human import ROWS, write_archive
from tests.factories import run_stage, write_project

PICTURES = 600

PARAMS = """
sources:
  humans: {collector: archive, path: set.zip, table: {file: train.csv, path: file_name, twins: true}}
screen: {min_side: 16}
resize: {sizes: [16]}
recipes: [tiny]
"""


@pytest.fixture
def paths(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    (tmp_path / "params.yaml").write_text(PARAMS)
    write_archive(tmp_path / "set.zip", PICTURES)
    for stage, *names in (
        ("collect", "humans"), ("screen", "humans"), ("deduplicate",), ("resize", "humans"), ("split", "tiny"),
    ):  # fmt: skip
        run_stage(monkeypatch, tmp_path, stage, *names)
    return paths


def test_twins_are_together_from_the_table_to_the_split(paths):
    folder = paths.collected("humans")
    collected = pa.concat_tables(pq.read_table(path) for path in sorted(folder.glob("shard-*"))).to_pandas()
    assert len(collected) == PICTURES
    assert collected.groupby("pair")["label"].apply(sorted).map(tuple).value_counts().to_dict() == {
        (Label.REAL, Label.FAKE): PICTURES // 2
    }
    rejected = Counter(pq.read_table(folder / REJECTED)["reason"].to_pylist())
    assert rejected == {"missing-entry": ROWS - PICTURES, "not-in-table": PICTURES // 10, "not-a-picture": 1}
    parts = {part: pq.read_table(paths.split("tiny") / f"{part}.parquet") for part in ("train", "val", "test")}
    pair_of = dict(zip(collected["rank"], collected["pair"], strict=True))
    pairs = {part: Counter(pair_of[rank] for rank in table["rank"].to_pylist()) for part, table in parts.items()}
    whole = {part: sum(count == 2 for count in found.values()) for part, found in pairs.items()}
    assert sum(whole.values()) > 0.95 * PICTURES / 2, "nearly all got through, or the next line says little"
    assert min(whole.values()) > 10
    for part, others in (("train", ("val", "test")), ("val", ("test",))):
        for other in others:
            assert not pairs[part].keys() & pairs[other].keys()
