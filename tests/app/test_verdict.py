import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checking.picture_verdict import ScoreCalibration
from pipeline.storage.labels import Label


def experience(labels, threshold=0.5):
    labels = np.array(labels, dtype=np.int8)
    return ScoreCalibration((np.arange(len(labels)) + 0.5) / len(labels), labels, threshold)


#: A detector that is right but for the middle, where it guesses.
SOUND = experience([0] * 2_000 + [0, 1] * 250 + [1] * 2_000)


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0.01, "Very likely a photograph."),
        (0.99, "Very likely AI-generated."),
        (0.5, "This detector cannot tell."),
    ],
)
def test_what_the_test_bears_out_is_said_and_no_more(score, words):
    assert SOUND.judge(score).words == words


def test_a_small_test_makes_nobody_sure():
    small = experience([0] * 20 + [1] * 20)
    assert small.judge(0.99).certainty == "probably"
    assert experience([0] * 5 + [1] * 5).judge(0.99).certainty == "cannot tell"


def test_a_detector_that_is_sure_of_itself_and_wrong_is_not_believed():
    guessing = experience([0, 1] * 500)
    assert guessing.judge(1.0).certainty == "cannot tell"
    assert guessing.judge(1.0).called is Label.FAKE


def test_the_classes_weigh_alike_however_many_there_are_of_each():
    # Of the pictures with high scores half are FAKE, but there are nine times as many REAL ones in the test.
    labels = [0] * 1_600 + [0, 1] * 200
    assert experience(labels).judge(0.999).fake == pytest.approx(0.9, abs=0.02)


@given(st.lists(st.sampled_from([0, 1]), min_size=2, max_size=300), st.floats(0, 1))
def test_a_verdict_never_claims_more_than_its_interval(labels, score):
    verdict = experience([0, 1, *labels]).judge(score)
    assert 0 <= verdict.fake_low <= verdict.fake_high <= 1
    sure = max(verdict.fake_low, 1 - verdict.fake_high)
    assert (verdict.certainty == "cannot tell") == (sure < 0.8)
    assert (verdict.certainty == "very likely") == (sure >= 0.95)


def test_alarms_are_those_of_the_threshold():
    false_alarms, missed = experience([0, 0, 1, 0, 1, 0, 1, 1], threshold=0.5).alarms()
    assert (false_alarms, missed) == (0.25, 0.25)
