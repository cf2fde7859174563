import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.evaluation.breakdown import break_down, find_worst, measure_held_out
from pipeline.evaluation.test_facts import join_facts
from pipeline.splitting.split_settings import Holdout


def rows(count, label, right, **known):
    """``count`` test pictures of one class, of which ``right`` are called what they are."""
    scores = np.where(np.arange(count) < right, label, 1 - label) * 0.8 + 0.1
    facts = {"source": "photos", "query": None, "generator": None, "official_split": None, "placed_by": "draw"}
    return pd.DataFrame({"label": label, "score": scores, "width": 100, "height": 300} | facts | known, range(count))


@pytest.fixture(scope="module")
def predictions():
    """Photographs found by two keywords, and fakes of two generators, one of them large, held out, and missed."""
    parts = [
        rows(100, 0, 95, query="cats"),
        rows(100, 0, 90, query="dogs"),
        rows(100, 1, 98, source="fakes", query="ai", generator="Old"),
        rows(100, 1, 40, source="fakes", query="ai", generator="New", width=2000, height=2000, placed_by="held-out"),
        rows(2, 1, 0, source="few", query="rare", generator="Old"),
    ]
    return pd.concat(parts, ignore_index=True)


def test_every_part_is_measured_and_the_surely_worst_is_named(predictions):
    found = break_down(predictions, 0.5)
    assert found["keyword"]["dogs"]["accuracy"] == 0.9
    assert found["generator"]["New"]["fake"] == 100
    assert found["generator"]["New"]["real"] == 0
    assert list(found["size"]) == ["64 to 127 pixels", "1,024 pixels and more"]
    worst = find_worst(found)
    assert (worst["by"], worst["name"]) == ("generator", "New"), "two pictures, both wrong, prove less"
    assert worst["accuracy"] == 0.4


def test_a_part_of_one_class_is_ranked_against_all_of_the_other(predictions):
    found = break_down(predictions, 0.5)["generator"]["New"]
    ranked = predictions[(predictions["generator"] == "New") | (predictions["label"] == 0)]
    assert found["roc_auc"] == pytest.approx(roc_auc_score(ranked["label"], ranked["score"]))
    both = break_down(predictions.assign(source="all"), 0.5)["source"]["all"]
    assert both["roc_auc"] == pytest.approx(roc_auc_score(predictions["label"], predictions["score"]))


def test_what_is_not_known_is_left_out(predictions):
    found = break_down(predictions.assign(query=None, generator=None), 0.5)
    assert set(found) == {"class", "source", "size", "split"}


def test_what_was_held_out_has_a_table_of_its_own(predictions):
    assert measure_held_out(predictions.assign(placed_by="draw"), 0.5, Holdout()) == {}
    found = measure_held_out(predictions, 0.5, Holdout(generators=["New"], sources=["nowhere"]))
    assert {name: row["pictures"] for name, row in found.items()} == {
        "all that was not held out": 302,
        "all that was held out": 100,
        "generator New": 100,
    }
    assert found["generator New"]["accuracy"] == 0.4


def test_facts_are_those_of_the_stages(trained):
    tested = pd.read_parquet(trained.paths.split("tiny") / "test.parquet")
    joined = join_facts(trained.paths, tested)
    pd.testing.assert_frame_equal(joined[tested.columns], tested)
    assert (joined["width"] == 64).all()
    assert joined["query"].isna().all()
