"""Search for all pairs of hashes within a distance: how long it takes, and whether it finds them all.

    python benchmarks/near_duplicates.py --hashes 1000000 --distance 4 [--like MANIFEST] [--peer] [--quick]

The hashes are random, or with ``--like`` those of a screened manifest, drawn again and again with a few bits changed.
Into them pairs are planted at every distance from 0 on; all must be found. On 20,000 of them the result must be that
of brute force. ``--peer`` searches those 20,000 with imagededup too.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from peers import run_peer

from pipeline.parts.near_duplicates import Hashes, find_pairs

PEER = "imagededup==0.3.3"
SMALL = 20_000
SEED = 42

SEARCH = """
import json, sys, time
from imagededup.methods import PHash
hashes = json.load(open(sys.argv[1]))
start = time.perf_counter()
found = PHash(verbose=False).find_duplicates(encoding_map=hashes, max_distance_threshold=int(sys.argv[2]))
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "pairs": sum(map(len, found.values())) // 2}))
"""


def make_hashes(count: int, distance: int, like: Path | None) -> tuple[Hashes, NDArray[np.int64]]:
    """Make hashes with planted pairs; give them, and the pairs as (place, place, distance)."""
    rng = np.random.default_rng(SEED)
    if like:
        real = pq.read_table(like, columns=["phash"])["phash"].to_numpy()
        hashes = flip_bits(rng.choice(real, count), rng.integers(0, 24, count), rng)
    else:
        hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
    planted = rng.permutation(count)[: max(2, count // 100) // 2 * 2].reshape(-1, 2)
    apart = np.arange(len(planted)) % (distance + 1)
    hashes[planted[:, 1]] = flip_bits(hashes[planted[:, 0]], apart, rng)
    return hashes, np.column_stack([planted, apart])


def flip_bits(hashes: Hashes, counts: NDArray[np.int64], rng: np.random.Generator) -> Hashes:
    """Change so many bits of each hash."""
    changed = hashes.copy()
    for count in np.unique(counts):
        here = np.flatnonzero(counts == count)
        bits = np.argpartition(rng.random((len(here), 64)), count - 1, axis=1)[:, :count] if count else []
        if count:
            changed[here] ^= np.bitwise_or.reduce(np.uint64(1) << bits.astype(np.uint64), axis=1)
    return changed


def search(hashes: Hashes, distance: int) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], ...], float]:
    """Search as ``deduplicate`` does: equal hashes first, then pairs of distinct ones."""
    start = time.perf_counter()
    values, node = np.unique(hashes, return_inverse=True)
    found = find_pairs(values, distance)
    return node, found, time.perf_counter() - start


def check_planted(node: NDArray[np.int64], found: tuple[NDArray[np.int64], ...], planted: NDArray[np.int64]) -> None:
    """Make sure that every planted pair was found, at no more than its distance."""
    ends = np.sort(node[planted[:, :2]], axis=1)
    count = int(node.max()) + 1
    keys = found[0] * count + found[1]
    wanted = ends[:, 0] * count + ends[:, 1]
    missed = ~np.isin(wanted, keys) & (ends[:, 0] != ends[:, 1])
    if missed.any():
        raise SystemExit(f"{missed.sum()} of {len(planted)} planted pairs were not found")


def check_brute_force(hashes: Hashes, distance: int) -> int:
    """Compare the result on some distinct hashes with that of comparing all with all; give the number of pairs."""
    values = np.unique(hashes)
    first, second, apart = find_pairs(values, distance)
    own = list(zip(first.tolist(), second.tolist(), apart.tolist(), strict=True))
    expected = []
    for place, value in enumerate(values):
        bits = np.bitwise_count(values[place + 1 :] ^ value)
        near = np.flatnonzero(bits <= distance)
        expected += [(place, place + 1 + int(other), int(bits[other])) for other in near]
    if own != expected:
        raise SystemExit(f"brute force finds {len(expected)} pairs, the search {len(own)}")
    return len(expected)


def search_with_peer(hashes: Hashes, distance: int) -> dict[str, float]:
    """Search with imagededup; give its seconds and the number of its pairs."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hashes.json"
        file.write_text(json.dumps({str(place): f"{value:016x}" for place, value in enumerate(hashes.tolist())}))
        answer: dict[str, float] = json.loads(run_peer(PEER, SEARCH, str(file), str(distance))[0])
    return answer


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hashes", type=int, default=1_000_000)
    parser.add_argument("--distance", type=int, default=4)
    parser.add_argument("--like", type=Path, help="a screened manifest whose hashes are like those to search")
    parser.add_argument("--peer", action="store_true", help="search 20,000 with imagededup too")
    parser.add_argument("--quick", action="store_true", help="100,000 hashes, no peer")
    options = parser.parse_args()
    count = 100_000 if options.quick else options.hashes
    hashes, planted = make_hashes(count, options.distance, options.like)
    node, found, seconds = search(hashes, options.distance)
    # Before anything else takes memory.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    check_planted(node, found, planted)
    few, _ = make_hashes(min(SMALL, count), options.distance, options.like)
    pairs = check_brute_force(few, options.distance)
    figures = {"hashes": count, "distance": options.distance, "pairs": len(found[0]), "planted": len(planted)}
    figures |= {"seconds": round(seconds, 2), "per_second": round(count / seconds), "peak_mib": round(peak)}
    print(f"{count:,} hashes at distance {options.distance}: {seconds:.2f} s, peak {peak:,.0f} MiB")
    print(f"{len(found[0]):,} pairs, all {len(planted):,} planted ones among them")
    print(f"{len(few):,} hashes give the {pairs:,} pairs that brute force gives")
    if options.peer and not options.quick:
        theirs, ours = search_with_peer(few, options.distance), search(few, options.distance)[2]
        figures |= {"peer_seconds": round(theirs["seconds"], 2), "ratio": round(theirs["seconds"] / ours, 1)}
        print(f"{len(few):,} hashes: ours {ours:.3f} s, {PEER} {theirs['seconds']:.1f} s, ratio {figures['ratio']}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
