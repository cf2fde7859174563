"""What is said of a detector is what its figures bear out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.judgement.detector_judgement import DetectorJudgement, read_judgement, untested
from pipeline.judgement.detector_rules import DetectorFacts, judge_detector
from pipeline.judgement.estimates import balanced_accuracy
from pipeline.runtime.errors import StageMissingError
from tests.handmade import harmed, make_figures

ALARM = "compress all alike: set `resize.equalise` in params.yaml"
TELL = {"auc": 1.0, "low": 0.999, "high": 1.0}


def judge(figures, audit=None, sources=("photos",), sandboxed=(), **more):
    return judge_detector(DetectorFacts("tiny", figures, audit, sources, sandboxed, **more))


@pytest.mark.parametrize(
    ("right", "wrong", "level", "words"),
    [
        (4000, 40, "very good", "very well"),
        (4000, 200, "good", " well "),
        (400, 80, "fair", "fairly well"),
        (600, 400, "poor", "poorly"),
        (1010, 990, "no better than chance", "no better than chance"),
    ],
)
def test_the_lower_bound_decides_the_level(right, wrong, level, words):
    judgement = judge(make_figures(right, wrong))
    assert (judgement.level, judgement.reasons) == (level, ())
    assert words in judgement.headline
    assert "95% interval" in judgement.headline


def test_44_pictures_bear_no_claim_even_where_all_are_right():
    judgement = judge(make_figures(44, 0))
    assert [reason.code for reason in judgement.reasons] == ["small-test"]
    assert judgement.headline.startswith("The detector tiny cannot be judged: a test of 22 photographs and 22 fakes")
    assert "100.0%" in judgement.headline
    assert "pictures of each class" in judgement.remedies[0]


@given(st.integers(1, 400), st.integers(0, 400), st.integers(1, 400), st.integers(0, 400))
def test_an_interval_holds_its_figure_and_never_shrinks_to_it(true_real, false_fake, true_fake, false_real):
    confusion = {"true_real": true_real, "false_fake": false_fake, "true_fake": true_fake, "false_real": false_real}
    found = balanced_accuracy({"confusion": confusion})
    assert 0 <= found.low < found.value <= found.high <= 1


def test_an_alarm_over_what_leaves_traces_in_pixels_comes_first_with_its_figure_and_remedy():
    audit = {"alarms": {"format": ALARM, "jpeg_tables": ALARM, "source": "-"}, "attributes": {"format": TELL}}
    judgement = judge(make_figures(), audit)
    clause = "format alone tells the label (ROC-AUC 1.000, 95% interval: 0.999 to 1.000), and so does jpeg tables"
    assert judgement.headline == f"The detector tiny cannot be judged: {clause}."
    assert judgement.remedies == (ALARM,)
    assert f"What to do: {ALARM}." in judgement.sentences


def test_settings_to_paste_are_the_remedy_and_what_rests_is_told():
    line = "resize: {equalise: {quality: 75}}"
    remedy = {"paste": {"params.yaml": [line]}, "by_hand": ["drop a source."]}
    judgement = judge(
        make_figures(), {"alarms": {"bytes": "so"}, "remedy": remedy, "rested": {"source": {"auc": 1.0}}}
    )
    assert judgement.headline.endswith("bytes alone tells the label.")
    assert judgement.remedies == (f"set `{line}` in params.yaml; drop a source",)
    assert any("(source)" in sentence for sentence in judgement.findings)


@pytest.mark.parametrize("audit", [{}, {"alarms": {}}, {"alarms": None}, {"alarms": {}, "rested": {}}])
def test_an_audit_without_an_alarm_stands_against_nothing(audit):
    assert judge(make_figures(), audit).judged


def test_an_alarm_over_what_never_reaches_the_pixels_is_told_and_judges_nothing():
    judgement = judge(make_figures(4000, 40), {"alarms": {"source": "-", "host": "-"}})
    assert judgement.level == "very good"
    assert any("source and host" in sentence for sentence in judgement.findings)


def test_the_sandboxs_stand_ins_alone_cannot_be_judged_on():
    assert judge(make_figures(), sandboxed=["photos"]).reasons[0].code == "stand-ins"
    some = judge(make_figures(), sources=("photos", "animals"), sandboxed=["animals"])
    assert some.judged
    assert any("pictures of animals are the sandbox's" in sentence for sentence in some.findings)


def test_storage_that_turns_predictions_around_overturns_the_figures():
    own, other = ({"changed": share, "low": share - 0.02, "high": share + 0.02} for share in (0.02, 0.4))
    judgement = judge(make_figures() | {"placebo": {"REAL": {"own": own, "other": other}}})
    assert [reason.code for reason in judgement.reasons] == ["placebo"]
    assert judge(make_figures() | {"placebo": {"REAL": {"own": own, "other": own}}}).judged


@pytest.mark.parametrize(
    ("damage", "accuracy", "judged"), [("jpeg-90", 0.5, False), ("jpeg-90", 0.7, True), ("jpeg-30", 0.5, True)]
)
def test_an_ordinary_damage_that_leaves_nothing_but_chance_overturns_the_figures(damage, accuracy, judged):
    figures = make_figures()
    judgement = judge(figures | {"robustness": figures["robustness"] | {damage: harmed(accuracy, accuracy - 0.98)}})
    assert judgement.judged is judged
    assert judged or "JPEG at quality 90 alone makes it no better than chance" in judgement.headline


def test_what_was_held_out_is_the_headline():
    row = {"accuracy": 0.71, "accuracy_low": 0.66, "accuracy_high": 0.76}
    judgement = judge(make_figures(4000, 40) | {"held_out": {"all that was held out": row}})
    assert judgement.level == "poor"
    assert (
        "that it was not trained on, where its accuracy is 71.0% (95% interval: 66.0% to 76.0%)" in judgement.headline
    )


def test_of_a_detector_of_others_nothing_is_said_about_its_training():
    text = " ".join(judge(make_figures(), ours=False).sentences)
    assert "its authors know" in text
    assert "held out" not in text


def test_the_worst_part_and_the_worst_damage_are_named():
    text = " ".join(judge(make_figures()).findings)
    assert "Accuracy is lowest on" in text
    assert "JPEG at quality 30 lowers it most, to 70.0%" in text


def test_a_judgement_comes_back_from_its_file(tmp_path):
    for judgement in (judge(make_figures()), judge(make_figures(10, 0)), untested("model.keras")):
        (tmp_path / "judgement.json").write_text(json.dumps(judgement.to_json()))
        assert read_judgement(tmp_path / "judgement.json", "tiny") == judgement


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"level": "splendid"}', '{"level": "good", "reasons": [1]}'])
def test_a_damaged_file_names_its_stage(tmp_path, content):
    (tmp_path / "judgement.json").write_text(content)
    with pytest.raises(StageMissingError, match="evaluate@tiny"):
        read_judgement(tmp_path / "judgement.json", "tiny")


def test_without_a_test_nothing_can_be_said():
    assert isinstance(untested("x.keras"), DetectorJudgement)
    assert not untested("x.keras").judged
