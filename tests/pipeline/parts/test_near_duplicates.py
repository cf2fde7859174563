import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.parts.near_duplicates import find_pairs


def brute_force(hashes, distance):
    all_distances = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    first, second = np.nonzero(np.triu(all_distances <= distance, 1))
    return list(zip(first.tolist(), second.tolist(), all_distances[first, second].tolist(), strict=True))


@given(
    st.lists(st.integers(0, 2**64 - 1), max_size=30),
    st.lists(st.sets(st.integers(0, 63), max_size=11)),
    st.integers(0, 10),
)
@settings(max_examples=300, deadline=None)
def test_all_pairs_are_found_and_no_others(values, flips, distance):
    near = [value ^ sum(1 << bit for bit in bits) for value, bits in zip(values, flips, strict=False)]
    hashes = np.unique(np.array(values + near, dtype=np.uint64))
    found = find_pairs(hashes, distance)
    assert list(zip(*(part.tolist() for part in found), strict=True)) == brute_force(hashes, distance)


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
