import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.evaluation import operating_points as operating

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1], np.int8)
SCORES = np.array([0.1, 0.2, 0.3, 0.8, 0.4, 0.7, 0.9, 0.95])


def test_figures_of_a_test_small_enough_to_count():
    assert operating.equal_error_rate(LABELS, SCORES) == pytest.approx(0.25)
    assert operating.recall_at(LABELS, SCORES, 0.0) == 0.5
    assert operating.recall_at(LABELS, SCORES, 0.25) == 1.0


def test_a_perfect_and_a_useless_detector():
    assert operating.equal_error_rate(LABELS, LABELS.astype(float)) == 0
    assert operating.equal_error_rate(LABELS, np.full(8, 0.5)) == pytest.approx(0.5)
    assert operating.equal_error_rate(LABELS, 1.0 - LABELS) == 1


@given(arrays(np.int64, 400, elements=st.integers(0, 1000)).map(lambda thousandths: thousandths / 1000))
def test_frozen_thresholds_keep_what_they_promise_on_the_pictures_they_were_set_on(scores):
    labels = (np.arange(400) % 2).astype(np.int8)
    frozen = operating.freeze_thresholds(labels, scores)
    strict = scores >= frozen["false_positive_rate_1%"]
    assert strict[labels == 0].mean() <= 0.01
    assert strict[labels == 1].mean() == operating.recall_at(labels, scores, 0.01)

    def balanced(threshold):
        called = scores >= threshold
        return called[labels == 1].mean() - called[labels == 0].mean()

    assert (
        balanced(frozen["best_balanced_accuracy"]) >= max(balanced(cut) for cut in (0.2, frozen["half"], 0.8)) - 1e-12
    )
