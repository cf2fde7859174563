import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.deduplicating.candidates import Hashed, find_candidates
from pipeline.hashing.views import MIRROR, hash_squares
from tests.factories import photograph


def owned(hashes):
    return Hashed(np.array(hashes, dtype=np.uint64), np.arange(len(hashes), dtype=np.int32))


@given(st.lists(st.integers(0, 2**63 - 1), min_size=2, max_size=12), st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_what_is_proposed_is_near_and_what_is_equal_or_mirrored_is_proposed(values, seed):
    rng = np.random.default_rng(seed)
    copies = [value ^ (1 << int(rng.integers(63))) for value in values]
    mirrored = [value ^ int(MIRROR) for value in values]
    all_values = [*values, *copies, *mirrored]
    first, second = find_candidates(owned(all_values), owned(all_values), 8)
    assert (first < second).all()
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    for a, b in pairs:
        apart = all_values[a] ^ all_values[b]
        assert min(apart.bit_count(), (apart ^ int(MIRROR)).bit_count()) <= 8
    count = len(values)
    if len(set(all_values)) == len(all_values) and len(pairs) <= 3 * count:
        assert pairs >= {(n, count + n) for n in range(count)} | {(n, 2 * count + n) for n in range(count)}


def test_a_thousand_copies_are_proposed_in_some_thousand_pairs():
    rng = np.random.default_rng(0)
    values = [0x5A5A5A5A5A5A5A5A ^ (1 << int(rng.integers(63))) ^ (1 << int(rng.integers(63))) for _ in range(1000)]
    first, _ = find_candidates(owned(values), owned(values), 8)
    assert 999 <= len(first) <= 60_000


def test_the_hash_of_a_mirrored_picture_follows_from_its_own():
    square = np.asarray(photograph(0).convert("L").resize((64, 64)))
    plain, mirrored = hash_squares(np.stack([square, square[:, ::-1]]))
    # Frequencies that are 0 to the last digit have no sign to change.
    assert np.bitwise_count(plain ^ MIRROR ^ mirrored) <= 1
