"""What is found to be worth a human eye, and what can be decided on it."""

import pytest

from app.reviewing.choices import list_choices, warn
from app.reviewing.decisions import decide, restore
from app.reviewing.queues import QUEUES
from pipeline.config.params import load_params
from pipeline.decisions.reviews import FILE, read_reviews
from pipeline.lineage.manifests import Manifests
from pipeline.runtime.errors import ParamsError
from tests.app.doubtful import add_doubtful
from tests.factories import write_project


@pytest.fixture(scope="module")
def doubtful(trained, tmp_path_factory):
    return add_doubtful(trained.paths, tmp_path_factory.mktemp("doubtful") / "project")


def find(paths, title):
    queue = next(queue for queue in QUEUES if queue.title == title)
    return queue.find(Manifests(paths), load_params(paths.root), "tiny")


def keys(item):
    return [(subject.source, subject.rank) for subject in item.pictures]


def decisions(item):
    return {choice.key: sorted(choice.decisions.values()) for choice in list_choices(item)}


def test_files_that_contradict_their_label(doubtful):
    items = find(doubtful, "Label conflicts")
    assert [keys(item) for item in items] == [[("photos", 100)], [("photos", 101)]]
    assert "its source says REAL, the file says that it was generated" in items[0].why
    assert decisions(items[0]) == {"K": ["REAL"], "P": [], "F": ["FAKE"], "D": ["drop"]}


def test_pictures_that_are_real_and_fake_stand_side_by_side(doubtful):
    alike, same = find(doubtful, "REAL and FAKE")
    assert keys(alike) == [("photos", 102), ("fakes", 102)]
    assert keys(same) == [("photos", 103), ("fakes", 103)]
    assert {subject.reason for item in (alike, same) for subject in item.pictures} == {"cross-label"}
    assert decisions(alike) == {"K": ["FAKE", "REAL"], "P": ["REAL"] * 2, "F": ["FAKE"] * 2, "D": ["drop"] * 2}
    # One and the same file cannot be both; it has one id.
    assert decisions(same) == {"K": [], "P": ["REAL"], "F": ["FAKE"], "D": ["drop"]}


def test_of_what_a_detector_is_wrong_and_sure(doubtful):
    items = find(doubtful, "Confident errors")
    surest = items[0]
    assert surest.why.startswith("the detector calls it FAKE (P(FAKE) = 0.970, threshold")
    assert surest.why.endswith("its label is REAL")
    assert decisions(surest) == {"K": ["REAL"], "P": [], "F": ["FAKE"], "D": ["drop"]}
    assert "better than it is" in warn(surest.pictures, tested=True)
    assert warn(surest.pictures, tested=False) is None


def test_a_picture_of_an_official_test_can_be_confirmed_and_no_more(doubtful):
    near = find(doubtful, "Near the threshold")
    (official,) = [item for item in near if item.pictures[0].official and "P(FAKE)" in item.why][:1]
    assert official.pictures[0].label.name in ("REAL", "FAKE")
    assert [key for key, decided in decisions(official).items() if decided] == ["K"]
    assert "stays as it is" in warn(official.pictures, tested=True)


def test_a_queue_of_a_project_that_is_not_built_is_empty(tmp_path):
    paths = write_project(tmp_path)
    assert [find(paths, queue.title) for queue in QUEUES] == [[], [], [], [], []]


def test_a_decision_is_written_at_once_and_undone_in_one_step(tmp_path):
    first, second = "ab" * 32, "cd" * 32
    decide(tmp_path, {first: "REAL"}, "plainly a photograph")
    text = (tmp_path / FILE).read_text()
    before = decide(tmp_path, {first: "drop", second: "drop"}, "  nobody could tell ")
    assert {name: review.decision for name, review in read_reviews(tmp_path).items()} == {
        first: "drop",
        second: "drop",
    }
    assert read_reviews(tmp_path)[second].why == "nobody could tell"
    restore(tmp_path, before)
    assert (tmp_path / FILE).read_text() == text
    with pytest.raises(ValueError, match="one line"):
        decide(tmp_path, {first: "drop"}, " ")
    assert (tmp_path / FILE).read_text() == text


def test_a_damaged_file_of_reviews_is_left_as_it_is(tmp_path):
    (tmp_path / "datasets").mkdir()
    (tmp_path / FILE).write_text("<<<<<<< HEAD\n")
    with pytest.raises(ParamsError, match="cannot be read"):
        decide(tmp_path, {"ab" * 32: "drop"}, "nobody could tell")
    assert (tmp_path / FILE).read_text() == "<<<<<<< HEAD\n"
