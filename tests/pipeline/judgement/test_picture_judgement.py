"""What is said of a picture is what the test of its detector, and its own file, bear out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.asking.picture_judgement import AskedPicture, PictureJudge, conclude
from pipeline.asking.scored_test import ScoredTest
from pipeline.judgement.detector_judgement import untested
from pipeline.judgement.detector_rules import DetectorFacts, judge_detector
from pipeline.judgement.file_facts import FileFacts
from pipeline.judgement.likeness import Likeness
from pipeline.judgement.picture_storage import PictureStorage
from pipeline.storage.labels import Label
from tests.handmade import make_figures
from tests.pipeline.judgement.test_likeness import rows

SMALL = FileFacts("JPEG", 32, 32, 75)


def scored(labels, threshold=0.5):
    labels = np.array(labels, dtype=np.int8)
    return ScoredTest((np.arange(len(labels)) + 0.5) / len(labels), labels, threshold)


#: A detector that is right but for the middle, where it guesses.
SOUND = scored([0] * 2_000 + [0, 1] * 250 + [1] * 2_000)


def make_judge(test=SOUND, **more):
    detector = judge_detector(DetectorFacts("tiny", make_figures(), None, ["photos"], **more))
    likeness = Likeness(PictureStorage.fit(rows(), equalised=False), None)
    return PictureJudge(detector, test.threshold, test, likeness)


def judge(score, file=SMALL, recompressed=None, judge=None):
    return (judge or make_judge()).judge(AskedPicture(score, file, None, recompressed))


@pytest.mark.parametrize(
    ("score", "headline", "label"),
    [(0.01, "Very likely a photograph.", Label.REAL), (0.99, "Very likely AI-generated.", Label.FAKE)],
)
def test_what_the_test_bears_out_is_said(score, headline, label):
    judgement = judge(score)
    assert (judgement.headline, judgement.label, judgement.reasons) == (headline, label, ())
    assert judgement.sentences[1].startswith("Of the 200 test pictures with the nearest scores")


def codes(judgement):
    assert judgement.certainty == "cannot tell"
    assert judgement.label is None
    assert judgement.headline == f"Cannot tell: {judgement.reasons[0].clause}."
    return [reason.code for reason in judgement.reasons]


def test_a_share_little_above_one_half_is_said_to_be_no_more():
    leaning = scored([0, 0, 0, 1] * 100 + [1, 1, 1, 0] * 100)
    assert judge(0.01, judge=make_judge(leaning)).headline == "More likely a photograph than not."


def test_a_score_that_came_to_either_class_decides_nothing():
    assert codes(judge(0.5)) == ["undecided"]


def test_a_small_test_makes_nobody_sure():
    small = scored([0] * 20 + [1] * 20)
    assert conclude(small.neighbours(0.99))[0] == "probably"
    assert conclude(scored([0] * 5 + [1] * 5).neighbours(0.99))[0] == "cannot tell"


def test_a_large_photograph_is_unlike_a_test_of_small_ones():
    judgement = judge(0.99, FileFacts("JPEG", 3000, 2000, 92))
    assert codes(judgement) == ["unlike-test"]
    assert "it has 3000x2000 pixels, and theirs have 32 on the shorter side" in judgement.headline


def test_evidence_in_the_file_that_contradicts_the_score_is_part_of_it():
    camera = FileFacts("JPEG", 32, 32, 75, "capture", "exif:Make")
    judgement = judge(0.99, camera)
    assert codes(judgement) == ["evidence"]
    assert "the file names a camera" in judgement.headline
    agreeing = judge(0.01, camera)
    assert agreeing.label is Label.REAL
    assert "names a camera (exif:Make)" in agreeing.sentences[-1]
    assert codes(judge(0.01, FileFacts("JPEG", 32, 32, 75, "ai", "png:parameters"))) == ["evidence"]


def test_recompression_that_turns_the_score_around_leaves_nothing():
    assert codes(judge(0.99, recompressed=0.2)) == ["recompression"]
    assert judge(0.99, recompressed=0.6).label is Label.FAKE


def test_recompression_counts_only_where_all_else_is_well():
    assert codes(judge(0.5, recompressed=0.2)) == ["undecided"]


def test_a_detector_that_cannot_be_judged_cannot_tell_and_the_reason_is_its():
    judgement = judge(0.99, judge=make_judge(sandboxed=["photos"]))
    assert codes(judgement) == ["detector"]
    assert "sandbox" in judgement.headline
    assert "internet: live" in judgement.reasons[0].remedy


def test_a_bare_model_cannot_tell():
    judgement = PictureJudge(untested("model.keras"), 0.5).judge(AskedPicture(0.9, SMALL))
    assert codes(judgement) == ["detector"]
    assert (judgement.called, judgement.neighbours) == (Label.FAKE, None)


def test_only_what_may_hang_on_it_is_recompressed():
    assert make_judge().wants_recompressed(SMALL)
    assert not make_judge().wants_recompressed(FileFacts("JPEG", 3000, 2000, 92))
    assert not make_judge(sandboxed=["photos"]).wants_recompressed(SMALL)


def test_a_detector_that_is_sure_of_itself_and_wrong_is_not_believed():
    guessing = scored([0, 1] * 500)
    assert conclude(guessing.neighbours(1.0)) == ("cannot tell", None)


def test_the_classes_weigh_alike_however_many_there_are_of_each():
    # Of the pictures with high scores half are FAKE, but there are nine times as many REAL ones in the test.
    labels = [0] * 1_600 + [0, 1] * 200
    assert scored(labels).neighbours(0.999).fake == pytest.approx(0.9, abs=0.02)


@given(st.lists(st.sampled_from([0, 1]), min_size=2, max_size=300), st.floats(0, 1))
def test_a_conclusion_never_claims_more_than_its_interval(labels, score):
    near = scored([0, 1, *labels]).neighbours(score)
    certainty, label = conclude(near)
    assert 0 <= near.fake_low <= near.fake_high <= 1
    sure = max(near.fake_low, 1 - near.fake_high)
    assert (certainty == "cannot tell") == (sure < 0.55) == (label is None)
    assert (certainty == "very likely") == (sure >= 0.95)


def test_error_rates_are_those_of_the_threshold():
    assert scored([0, 0, 1, 0, 1, 0, 1, 1], threshold=0.5).error_rates() == (0.25, 0.25)
