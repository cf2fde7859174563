"""What the pages say of detectors is what the stages measured."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.browsing.audit_results import read_audit
from app.browsing.threshold_counts import cut_at
from pipeline.asking.scored_test import ScoredTest
from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths


def test_at_its_own_threshold_a_detector_does_as_it_was_measured(trained):
    figures = json.loads((trained.results / "metrics.json").read_text())
    cut = cut_at(ScoredTest.read(trained.results, 0.5), figures["threshold"])
    confusion = figures["confusion"]
    assert (cut.alarms.count, cut.alarms.of) == (confusion["false_fake"], figures["real"])
    assert (cut.missed.count, cut.missed.of) == (confusion["false_real"], figures["fake"])
    assert (cut.right.rate, cut.right.low) == (figures["accuracy"], figures["accuracy_low"])


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0, 1])), max_size=60), st.floats(0, 1))
def test_a_threshold_counts_what_pandas_counts(pictures, threshold):
    rows = pd.DataFrame([(0.4, 0), (0.6, 1), *pictures], columns=["score", "label"])
    test = ScoredTest(rows["score"].to_numpy(np.float64), rows["label"].to_numpy(np.int8), 0.5)
    cut = cut_at(test, threshold)
    assert cut.alarms.count == ((rows["score"] >= threshold) & (rows["label"] == 0)).sum()
    assert cut.missed.count == ((rows["score"] < threshold) & (rows["label"] == 1)).sum()
    assert cut.right.count == len(rows) - cut.alarms.count - cut.missed.count
    assert cut.alarms.low - 1e-9 <= cut.alarms.rate <= cut.alarms.high + 1e-9


def test_the_audit_is_told_the_worst_first_with_what_to_do(trained):
    audit = read_audit(trained.paths, "tiny")
    assert [each.auc for each in audit.tellings] == sorted((each.auc for each in audit.tellings), reverse=True)
    assert {each.kind for each in audit.tellings} == {"file", "pixels"}
    (source,) = [each for each in audit.tellings if each.name == "source"]
    assert source.auc == 1
    assert source.alarm is None  # No pixel depends on it.


@pytest.mark.parametrize("content", [None, "no JSON", "[]", '{"attributes": {"bytes": {}}, "alarms": {}}'])
def test_an_audit_that_is_not_there_or_damaged_is_said(trained, tmp_path, content):
    paths = Paths(tmp_path)
    if content is not None:
        shutil.copytree(trained.results, paths.results("tiny"))
        (paths.results("tiny") / "audit.json").write_text(content)
    with pytest.raises(StageMissingError, match="audit@tiny"):
        read_audit(paths, "tiny")
