import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.decisions.reviews import FILE, LONGEST, Review, read_reviews, write_reviews
from pipeline.runtime.errors import ParamsError
from pipeline.storage.labels import Label

ROW = {"id": "ab" * 32, "decision": "FAKE", "why": "six fingers", "on": "2026-11-26"}

REVIEWS = st.lists(
    st.builds(
        Review,
        id=st.text("0123456789abcdef", min_size=64, max_size=64),
        decision=st.sampled_from(["REAL", "FAKE", "drop"]),
        why=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=LONGEST),
        on=st.dates().map(str),
    ),
    max_size=8,
    unique_by=lambda review: review.id,
)


@given(reviews=REVIEWS, data=st.data())
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read_again_in_the_same_bytes_whatever_the_order(reviews, data, tmp_path_factory):
    root = tmp_path_factory.mktemp("reviews")
    write_reviews(root, reviews)
    written = (root / FILE).read_bytes()
    assert dict(read_reviews(root)) == {review.id: review for review in reviews}
    write_reviews(root, data.draw(st.permutations(reviews)))
    assert (root / FILE).read_bytes() == written


def test_a_project_without_the_file_has_none_and_the_one_in_git_is_as_it_is_written(tmp_path):
    assert read_reviews(tmp_path) == {}
    write_reviews(tmp_path, [])
    assert (tmp_path / FILE).read_text() == '{\n  "reviews": []\n}\n'


def test_a_label_or_none():
    assert Review(**ROW).label == Label.FAKE
    assert Review(**ROW | {"decision": "drop"}).label is None


def damaged(**changes):
    return json.dumps({"reviews": [ROW | changes]})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ("<<<<<<< HEAD\n", "cannot be read"),
        ('{"reviews": [{"id": "ab"}]}', "decision"),
        (damaged(id="AB" * 32), "no sha256"),
        (damaged(id=["ab" * 32]), "cannot be read"),
        (damaged(decision="keep"), "'keep' of abababababab is none of REAL, FAKE, drop"),
        (damaged(why=""), "one line of 1 to 200"),
        (damaged(why="a\nb"), "one line of 1 to 200"),
        (damaged(why="x" * 201), "one line of 1 to 200"),
        (damaged(why=7), "cannot be read"),
        (damaged(on="yesterday"), "yesterday"),
        (damaged(by="me"), "by"),
        (json.dumps({"reviews": [ROW, ROW | {"decision": "REAL"}]}), "reviewed twice"),
    ],
)
def test_a_damaged_file_is_an_error_that_says_what_and_nothing_of_it_is_lost(tmp_path, content, problem):
    (tmp_path / "datasets").mkdir()
    (tmp_path / FILE).write_text(content)
    with pytest.raises(ParamsError, match=problem):
        read_reviews(tmp_path)
    assert (tmp_path / FILE).read_text() == content
