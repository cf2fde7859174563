"""What the stage ``card`` wrote of a whole build, as Hugging Face's hub and Croissant's reader see it."""

import json
from collections import Counter
from hashlib import sha256
from io import BytesIO

import mlcroissant
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard, ModelCard
from PIL import Image

from pipeline.records.shards import iterate_rows
from tests.touchstone.builds import SOURCES, licence

SPLITS = ("train", "val", "test")


@pytest.fixture(scope="module")
def divided(built):
    """The rows of the splits, each with the name of its split."""
    return [
        row | {"split": split}
        for split in SPLITS
        for row in pq.read_table(built.split("tiny") / f"{split}.parquet").to_pylist()
    ]


@pytest.fixture(scope="module")
def croissant(built):
    return mlcroissant.Dataset(built.croissant("tiny"))


def test_the_hub_reads_the_dataset_card(built, divided):
    card = DatasetCard.load(built.cards / "tiny.md")
    assert card.data.task_categories == ["image-classification"]
    assert card.data.size_categories == ["n<1K"]
    # CC BY-ND 4.0, CC0-1.0 and pictures of which nothing is known: see builds.licence.
    assert card.data.license == ["cc-by-nd-4.0", "cc0-1.0", "unknown"]
    counts = Counter(row["split"] for row in divided)
    assert {each["name"]: each["num_examples"] for each in card.data.to_dict()["dataset_info"]["splits"]} == counts


def test_the_hub_reads_the_model_card(built):
    card = ModelCard.load(built.results("tiny") / "model_card.md")
    metrics = json.loads((built.results("tiny") / "metrics.json").read_text())
    figures = {each.metric_name: each.metric_value for each in card.data.eval_results}
    assert figures["accuracy"] == pytest.approx(metrics["accuracy"], abs=1e-6)
    assert figures["roc_auc"] == pytest.approx(metrics["roc_auc"], abs=1e-6)
    assert {each.dataset_split for each in card.data.eval_results} == {"test"}
    digest = sha256((built.results("tiny") / "model.keras").read_bytes()).hexdigest()
    assert f"| the model's file, sha256 | `{digest}` |" in card.text


def test_the_card_says_what_may_be_passed_on(built, divided):
    text = (built.cards / "tiny.md").read_text()
    counts = Counter(licence(row["rank"]) for row in divided)
    assert f"- {counts['CC0-1.0']} may be passed on, under" in text
    assert f"- {counts['CC BY-ND 4.0']} may be passed on as their original files only" in text
    assert f"- {counts[None]} may not" in text
    for source in SOURCES:
        known = sum(row["source"] == source and licence(row["rank"]) == "CC0-1.0" for row in divided)
        assert f"| {source} | CC0-1.0 | {known} | yes | public-domain: nothing is asked in return |" in text


def test_cards_hold_facts_line_by_line_and_no_gaps(built):
    data, model = (built.cards / "tiny.md").read_text(), (built.results("tiny") / "model_card.md").read_text()
    assert "| collect | photos | not-found | 1 |" in data
    assert "| photos | folder | photos | REAL | 2026-01-01 to 2026-01-01 |" in data
    assert "- `photos` holds REAL only" in data
    # The pictures are in folders: nothing of the sandbox is in them.
    assert "sandbox" not in data
    for text in (data, model):
        assert "\n\n\n" not in text
        assert text.endswith(".\n")
        assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_croissant_is_accepted_without_an_error(croissant):
    assert not croissant.metadata.ctx.issues.errors
    assert str(croissant.metadata.ctx.conforms_to.value) == "http://mlcommons.org/croissant/1.1"
    assert croissant.metadata.data_collection
    assert croissant.metadata.data_biases
    assert croissant.metadata.data_limitations
    assert croissant.metadata.personal_sensitive_information
    assert croissant.metadata.data_release_maintenance_plan


def test_the_records_of_croissant_are_those_of_the_splits(croissant, divided):
    def key(row):
        return row["id"], row["source"], row["rank"], row["label"], row["split"]

    def plain(record):
        named = {name.partition("/")[2]: value for name, value in record.items()}
        return key({name: value.decode() if isinstance(value, bytes) else value for name, value in named.items()})

    assert sorted(map(plain, croissant.records("tiny-splits"))) == sorted(map(key, divided))


@pytest.mark.parametrize("source", SOURCES)
def test_the_records_of_croissant_hold_the_pictures_of_a_source(croissant, built, source):
    kept = pq.read_table(built.keep_list(source)).to_pylist()
    originals = {row["rank"]: row for row in iterate_rows(built.collected(source))}
    found = list(croissant.records(source))
    assert [(each[f"{source}/rank"], each[f"{source}/id"].decode()) for each in found] == [
        (row["rank"], row["id"]) for row in kept
    ]
    assert {each[f"{source}/label"] for each in found} == {SOURCES.index(source)}
    for each in found:
        original = originals[each[f"{source}/rank"]]
        with Image.open(BytesIO(original["image"]["bytes"])) as image:
            assert each[f"{source}/image"].tobytes() == image.tobytes()
        assert each[f"{source}/image_url"].decode() == original["image_url"]


def test_files_in_croissant_are_there_with_their_hashes(built):
    found = json.loads(built.croissant("tiny").read_text())
    files = [each for each in found["distribution"] if each["@type"] == "cr:FileObject"]
    assert {f"{source}/shard-00000.parquet" for source in SOURCES} <= {each["@id"] for each in files}
    for each in files:
        data = (built.datasets / each["contentUrl"]).read_bytes()
        assert (each["sha256"], each["contentSize"]) == (sha256(data).hexdigest(), f"{len(data)} B")
