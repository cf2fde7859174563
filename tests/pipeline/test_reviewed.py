"""What a review does to the data set: to the picture, to what is like it, and to nothing else."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.decisions.reviews import Review
from pipeline.deduplicate import describe_reviews
from pipeline.runtime.errors import CrossLabelError
from pipeline.split import prove
from pipeline.splitting.placing import find_leaks, place
from pipeline.splitting.split_settings import Split
from tests.factories import settle
from tests.pipeline.test_deduplicate import SETTINGS, table

REPORT = SETTINGS.model_copy(update={"cross_label": "report"})
FAIL = SETTINGS.model_copy(update={"cross_label": "fail"})


def name(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def rows_of(hashes, **columns):
    return table(hashes, **{"id": [name(i) for i in range(len(hashes))]} | columns)


def labels(*values):
    return np.array(values, np.int8)


def reviews(**decisions):
    """Decisions by the number of their picture: ``_0="drop"``."""
    named = {name(key[1:]): decision for key, decision in decisions.items()}
    return {key: Review(key, decision, "looked at it", "2026-11-26") for key, decision in named.items()}


def outcome(found):
    """The label of whoever stayed, the reason of whoever went, by rank."""
    stayed = dict(zip(found.keep["rank"], found.keep["label"].tolist(), strict=True))
    return stayed | dict(zip(found.dropped["rank"], found.dropped["reason"], strict=True))


def decide(rows, settings=SETTINGS, believe_files=False, **decisions):
    return outcome(settle(rows, settings, reviews=reviews(**decisions), believe_files=believe_files))


#: 0 and 1 are near each other, 2 is near neither.
PAIR = rows_of([0, 1, 2**40 - 1], label=labels(0, 1, 0))


@pytest.mark.parametrize("settings", [SETTINGS, REPORT, FAIL], ids=lambda settings: settings.cross_label)
def test_what_merely_looks_alike_stays_under_both_labels_if_somebody_says_so(settings):
    assert decide(PAIR, settings, _0="REAL", _1="FAKE") == {0: 0, 1: 1, 2: 0}


@pytest.mark.parametrize("settings", [SETTINGS, REPORT, FAIL], ids=lambda settings: settings.cross_label)
def test_one_picture_that_is_vouched_for_stays_and_its_contradiction_goes_for_it(settings):
    assert decide(PAIR, settings, _1="FAKE") == {0: "near-duplicate", 1: 1, 2: 0}


def test_a_relabelled_picture_is_one_of_its_new_class():
    same = {0: "near-duplicate", 1: 1, 2: 0}
    assert decide(PAIR, _0="FAKE", _1="FAKE") == {0: 1, 1: "near-duplicate", 2: 0}
    bigger = PAIR.assign(width=[64, 128, 64])
    assert decide(bigger, _0="FAKE", _1="FAKE") == same
    # Of the other label now, and vouched for: what is like it goes, and what is not stays.
    alike = rows_of([0, 1, 2**40 - 1], label=labels(0, 0, 0), width=[64, 640, 64])
    assert decide(alike) == {0: "near-duplicate", 1: 0, 2: 0}
    assert decide(alike, _0="FAKE") == {0: 1, 1: "near-duplicate", 2: 0}


def test_what_is_dropped_takes_its_copies_along_but_not_what_somebody_vouched_for():
    copies = rows_of([0, 1, 2, 2**40 - 1], label=labels(0, 0, 0, 0))
    assert decide(copies, _0="drop") == {0: "reviewed", 1: "reviewed", 2: "reviewed", 3: 0}
    assert decide(copies, _0="drop", _2="REAL") == {0: "reviewed", 1: "reviewed", 2: 0, 3: 0}
    assert decide(PAIR, _0="drop", _1="drop") == {0: "reviewed", 1: "reviewed", 2: 0}


def test_the_same_pixels_are_vouched_for_under_one_label_only():
    twice = PAIR.assign(pixels_id=["p", "p", "q"])
    assert decide(twice, _0="REAL", _1="FAKE") == {0: "cross-label", 1: "cross-label", 2: 0}
    assert decide(twice, _0="FAKE", _1="FAKE") == {0: 1, 1: "duplicate-pixels", 2: 0}
    one_file = twice.assign(id=[name(0), name(0), name(2)])
    assert decide(one_file, _0="REAL") == {0: 0, 1: "duplicate-bytes", 2: 0}
    with pytest.raises(CrossLabelError, match="2 pictures"):
        decide(twice, FAIL, _0="REAL", _1="FAKE")


def test_an_official_test_stays_as_it_is_and_that_is_said():
    official = PAIR.assign(official_split=["test", None, None])
    assert decide(official, _0="drop", _1="FAKE") == {0: 0, 1: 1, 2: 0}
    assert decide(official, _0="FAKE") == decide(official) == {0: 0, 1: "cross-label", 2: 0}
    assert describe_reviews(official, reviews(_0="drop", _1="FAKE", _7="drop")) == (
        "; 3 reviews, 2 of them of no picture here, or of an official test"
    )
    assert describe_reviews(PAIR, reviews(_1="FAKE")) == "; 1 reviews"
    assert describe_reviews(PAIR, {}) == ""


def test_a_picture_whose_file_contradicts_its_label_goes_unless_somebody_looked():
    rows = PAIR.assign(evidence=["none", "none", "ai"])
    assert decide(rows, REPORT, believe_files=False)[2] == 0
    assert decide(rows, REPORT, believe_files=True)[2] == "label-conflict"
    assert decide(rows, REPORT, believe_files=True, _2="REAL")[2] == 0
    assert decide(rows, REPORT, believe_files=True, _2="FAKE")[2] == 1


def test_a_photograph_was_made_by_no_generator():
    rows = PAIR.assign(generator=[None, "Midjourney", None])
    kept = settle(rows, SETTINGS, reviews=reviews(_0="REAL", _1="REAL")).keep
    assert kept["generator"].isna().all()
    kept = settle(rows, SETTINGS, reviews=reviews(_0="REAL", _1="FAKE")).keep
    assert kept["generator"].dropna().to_dict() == {1: "Midjourney"}


@st.composite
def some_rows(draw):
    """Pictures in clusters: alike, the same pixels, the same file, of both labels, some of official splits."""
    n = draw(st.integers(1, 14))

    def column(values):
        return draw(st.lists(values, min_size=n, max_size=n))

    shown = column(st.integers(0, 5))
    spread = [sum((value >> bit & 1) * (0b111 << 3 * bit) for bit in range(8)) for value in shown]
    variant = column(st.integers(0, 1))
    return rows_of(
        spread,
        pixels_id=[f"{value}-{other}" for value, other in zip(shown, variant, strict=True)],
        label=labels(*column(st.integers(0, 1))),
        official_split=column(st.sampled_from([None, None, "train", "val", "test"])),
        evidence=column(st.sampled_from(["none", "ai", "capture"])),
        bytes=column(st.integers(1, 3)),
        id=[name(number) for number in column(st.integers(0, 9))],
    )


DECISIONS = st.dictionaries(st.integers(0, 9), st.sampled_from(["REAL", "FAKE", "drop"]), max_size=8)


@given(some_rows(), DECISIONS, st.sampled_from([SETTINGS, REPORT]), st.booleans())
@settings(max_examples=100, deadline=None)
def test_no_review_makes_a_leak_loses_a_picture_or_is_overlooked(rows, decisions, policy, believe_files):
    said = reviews(**{f"_{number}": decision for number, decision in decisions.items()})
    before = settle(rows, policy, believe_files=believe_files)
    found = settle(rows, policy, reviews=said, believe_files=believe_files)
    groups = [pd.concat([each.keep, each.dropped]).set_index("rank")["group"].sort_index() for each in (before, found)]
    assert groups[0].equals(groups[1])
    fate = outcome(found)
    assert sorted(fate) == list(range(len(rows)))
    assert (found.dropped["reason"] != "").all()
    for row in rows.itertuples():
        review, is_test = said.get(row.id), row.official_split == "test"
        if is_test:
            # Whole, under its own label; but that screens or a contradicting file take some out.
            assert fate[row.rank] in (row.label, "label-conflict")
        elif review and review.decision == "drop":
            assert fate[row.rank] == "reviewed"
        elif review and fate[row.rank] in (0, 1):
            assert fate[row.rank] == review.label
        elif fate[row.rank] in (0, 1):
            assert fate[row.rank] == row.label
    _prove_no_leak(found.keep)


def _prove_no_leak(keep):
    for strategy in ("ratio", "official"):
        split = Split(strategy=strategy, val=0.3, test=0.3)
        placed = keep.assign(split=place(keep, split, 42))
        kept = placed[find_leaks(placed).isna()]
        proof = prove(kept, "phash", SETTINGS.max_distance)
        assert proof["near_duplicate_pairs_across_splits"] == proof["groups_across_splits"] == 0


@given(some_rows(), st.booleans())
@settings(max_examples=50, deadline=None)
def test_reviews_of_other_pictures_change_nothing(rows, believe_files):
    others = reviews(_77="drop", _78="FAKE")
    before = settle(rows, SETTINGS, believe_files=believe_files)
    after = settle(rows, SETTINGS, reviews=others, believe_files=believe_files)
    for table_name in ("keep", "groups", "pairs", "dropped"):
        pd.testing.assert_frame_equal(getattr(before, table_name), getattr(after, table_name))
