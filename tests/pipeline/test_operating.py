import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.evaluation import operating

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1], np.int8)
SCORES = np.array([0.1, 0.2, 0.3, 0.8, 0.4, 0.7, 0.9, 0.95])


def test_figures_of_a_test_small_enough_to_count():
    assert operating.equal_error_rate(LABELS, SCORES) == pytest.approx(0.25)
    assert operating.recall_at(LABELS, SCORES, 0.0) == 0.5
    assert operating.recall_at(LABELS, SCORES, 0.25) == 1.0
    assert operating.threshold_at(LABELS, SCORES, 0.25) == pytest.approx(0.4)
    assert operating.best_balanced_threshold(LABELS, SCORES) == pytest.approx(0.4)


def test_a_perfect_and_a_useless_detector():
    assert operating.equal_error_rate(LABELS, LABELS.astype(float)) == 0
    assert operating.equal_error_rate(LABELS, np.full(8, 0.5)) == pytest.approx(0.5)
    assert operating.equal_error_rate(LABELS, 1.0 - LABELS) == 1
    assert operating.threshold_at(LABELS, np.full(8, 1.0), 0.01) > 1


@given(arrays(np.float64, 40, elements=st.floats(0, 1)), st.sampled_from(operating.FALSE_POSITIVE_RATES))
def test_a_threshold_keeps_the_rate_it_was_set_for(scores, rate):
    labels = (np.arange(40) % 2).astype(np.int8)
    threshold = operating.threshold_at(labels, scores, rate)
    called = scores >= threshold
    assert called[labels == 0].mean() <= rate
    assert called[labels == 1].mean() == operating.recall_at(labels, scores, rate)


@given(arrays(np.float64, 30, elements=st.floats(0, 1)))
def test_no_threshold_balances_better_than_the_best(scores):
    labels = (np.arange(30) % 3 == 0).astype(np.int8)
    best = operating.best_balanced_threshold(labels, scores)

    def balanced(threshold):
        called = scores >= threshold
        return called[labels == 1].mean() - called[labels == 0].mean()

    assert balanced(best) >= max(balanced(threshold) for threshold in [*scores, 0.5, 2.0]) - 1e-12
