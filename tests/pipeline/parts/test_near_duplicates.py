import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.similarity import near_duplicates
from pipeline.similarity.near_duplicates import find_distinct, find_pairs, make_plan

VALUES = st.lists(st.integers(0, 2**64 - 1), max_size=30)


@pytest.fixture
def small_slices(monkeypatch):
    """Slices of a few hashes, so that a few hashes make more than one."""
    monkeypatch.setattr(near_duplicates, "SLICE", 4)


def brute_force(hashes, distance):
    all_distances = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    first, second = np.nonzero(np.triu(all_distances <= distance, 1))
    return list(zip(first.tolist(), second.tolist(), all_distances[first, second].tolist(), strict=True))


@given(VALUES, st.lists(st.sets(st.integers(0, 63), max_size=11)), st.integers(0, 10))
@settings(max_examples=300, deadline=None)
def test_all_pairs_are_found_and_no_others(values, flips, distance):
    near = [value ^ sum(1 << bit for bit in bits) for value, bits in zip(values, flips, strict=False)]
    hashes = np.unique(np.array(values + near, dtype=np.uint64))
    found = find_pairs(hashes, distance)
    assert list(zip(*(part.tolist() for part in found), strict=True)) == brute_force(hashes, distance)


@pytest.mark.parametrize("distance", [1, 4, 10])
@pytest.mark.parametrize("shared", [0, 40, 60])
@pytest.mark.usefixtures("small_slices")
def test_slices_hide_no_pair_however_alike_the_hashes_are(distance, shared):
    """Hashes that share their first or last bits stand in one slice, whatever its size."""
    chance = np.random.default_rng(1).integers(0, 2**64, 300, dtype=np.uint64)
    for hashes in (chance >> np.uint64(shared), chance << np.uint64(shared)):
        distinct = np.unique(hashes)
        found = find_pairs(distinct, distance)
        assert list(zip(*(part.tolist() for part in found), strict=True)) == brute_force(distinct, distance)


@pytest.mark.parametrize("distance", range(1, 11))
@pytest.mark.parametrize("count", [10, 10_000, 10_000_000])
def test_every_plan_has_a_choice_for_every_way_to_differ(count, distance):
    """Where the differing bits spoil as many blocks as they can, some choice holds none of these."""
    plan = make_plan(count, distance)
    layout = plan.layout()
    assert sum(width for _, width in layout) == 64
    choices = [set(choice) for together in plan.choices() for choice in together]
    chance = np.random.default_rng(count)
    for _ in range(200):
        spoilt = {layout[place] for place in chance.choice(len(layout), distance, replace=False)}
        assert any(not choice & spoilt for choice in choices)


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=60))
@settings(max_examples=100, deadline=None)
def test_distinct_hashes_are_those_of_numpy(values):
    hashes = np.array(values, dtype=np.uint64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "SLICE", 4)
        distinct, place = find_distinct(hashes)
    expected, inverse = np.unique(hashes, return_inverse=True)
    np.testing.assert_array_equal(distinct, expected)
    np.testing.assert_array_equal(place, inverse)


def test_planted_pairs_among_many():
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 2**64, 20_000, dtype=np.uint64)
    for i in range(500):
        bits = rng.choice(64, i % 6, replace=False).astype(np.uint64)
        hashes[10_000 + i] = hashes[i] ^ np.bitwise_or.reduce(np.uint64(1) << bits, initial=np.uint64(0))
    first, second, distance = find_pairs(np.unique(hashes), 4)
    counts = np.bincount(distance, minlength=6)
    # i % 6 == 0 repeats a hash, which np.unique folds; 5 bits are too far.
    assert counts[1:6].tolist() == [84, 83, 83, 83, 0]
    assert (first < second).all()
