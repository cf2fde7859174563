import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.training.decision_threshold import choose_threshold
from pipeline.training.train_settings import Decision

scored = st.lists(
    st.tuples(st.integers(0, 1), st.floats(0, 1, width=32)), min_size=4, max_size=40
).filter(lambda rows: {label for label, _ in rows} == {0, 1})  # fmt: skip


def arrays(rows):
    labels, scores = zip(*rows, strict=True)
    return np.array(labels, np.int8), np.array(scores, np.float32)


def rates(labels, scores, threshold):
    called = scores.astype(np.float64) >= threshold
    return called[labels == 0].mean(), called[labels == 1].mean()


@given(scored)
def test_no_other_threshold_has_a_better_balanced_accuracy(rows):
    labels, scores = arrays(rows)
    chosen = choose_threshold(labels, lambda: scores, Decision(rule="balanced_accuracy"))
    others = [*np.unique(scores).astype(np.float64), 0.0, 1.1]
    balanced = [np.diff(rates(labels, scores, threshold))[0] for threshold in (chosen, *others)]
    assert balanced[0] == pytest.approx(max(balanced))


@given(scored, st.sampled_from([0.0, 0.1, 0.5]))
def test_the_false_positive_rate_is_kept_and_no_lower_threshold_keeps_it(rows, at_most):
    labels, scores = arrays(rows)
    chosen = choose_threshold(labels, lambda: scores, Decision(rule="false_positive_rate", at_most=at_most))
    assert rates(labels, scores, chosen)[0] <= at_most
    found = rates(labels, scores, chosen)[1]
    for lower in np.unique(scores[scores < chosen]).astype(np.float64):
        assert rates(labels, scores, lower)[0] > at_most or rates(labels, scores, lower)[1] == found


def test_a_fixed_threshold_is_what_the_recipe_says():
    assert choose_threshold(np.array([0, 1]), lambda: pytest.fail("asked"), Decision(threshold=0.3)) == 0.3
