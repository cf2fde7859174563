"""Search for all pairs of hashes within a distance: how long it takes, and whether it finds them all.

    python benchmarks/near_duplicates.py --hashes 1000000 --distance 4 [--like MANIFEST] [--peer] [--orientations]

The hashes are random, or with ``--like`` those of a screened manifest, drawn again and again with up to 23 bits
changed. Into them pairs are planted at every distance from 0 on; all must be found. On 20,000 of them the result must
be that of brute force. ``--orientations`` gives a picture eight hashes, and looks for the first of one among all of
another. ``--peer`` searches 20,000 with imagededup too: the manifest's as they are, where there is one. ``--quick``
takes 100,000 hashes, and no peer.
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
from peers import IMAGEDEDUP, IMAGEDEDUP_WITHOUT_CNN, run_peer

from pipeline.runtime.array_types import Hashes, Indexes
from pipeline.similarity.neighbour_graph import distances, find_near

SMALL = 20_000
SEED = 42

SEARCH = """
import json, sys, time
from imagededup.methods import PHash
hashes = json.load(open(sys.argv[1]))
start = time.perf_counter()
found = PHash(verbose=False).find_duplicates(encoding_map=hashes, max_distance_threshold=int(sys.argv[2]))
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "pairs": [[a, b] for a in found for b in found[a]]}))
"""

Found = tuple[Indexes, tuple[Indexes, Indexes, NDArray[np.uint8]]]


def make_hashes(count: int, distance: int, real: Hashes | None, columns: int = 1) -> tuple[Hashes, Indexes]:
    """Make hashes with planted pairs: (count, columns), and the pairs as (place, place, distance)."""
    rng = np.random.default_rng(SEED)
    if real is None:
        hashes = rng.integers(0, 2**64, (count, columns), dtype=np.uint64)
    else:
        drawn = rng.choice(real, count * columns)
        hashes = flip_bits(drawn, rng.integers(0, 24, count * columns), rng).reshape(count, columns)
    planted = rng.permutation(count)[: max(2, count // 100) // 2 * 2].reshape(-1, 2)
    apart = np.arange(len(planted)) % (distance + 1)
    turn = np.arange(len(planted)) % columns
    hashes[planted[:, 1], turn] = flip_bits(hashes[planted[:, 0], 0], apart, rng)
    return hashes, np.column_stack([planted, apart])


def flip_bits(hashes: Hashes, counts: NDArray[np.int64], rng: np.random.Generator) -> Hashes:
    """Change so many bits of each hash."""
    changed = hashes.copy()
    for count in np.unique(counts[counts > 0]):
        here = np.flatnonzero(counts == count)
        for some in np.array_split(here, len(here) // 100_000 + 1):
            bits = np.argpartition(rng.random((len(some), 64), np.float32), count - 1, axis=1)[:, :count]
            changed[some] ^= np.bitwise_or.reduce(np.uint64(1) << bits.astype(np.uint64), axis=1)
    return changed


def search(hashes: Hashes, distance: int) -> tuple[Found, float]:
    """Search as ``deduplicate`` does: equal hashes first, then pairs of distinct ones."""
    start = time.perf_counter()
    found = find_near(hashes, distance)
    return found, time.perf_counter() - start


def check_planted(found: Found, planted: Indexes) -> None:
    """Make sure that every planted pair was found."""
    node, (first, second, _) = found
    ends = np.sort(node[planted[:, :2]], axis=1)
    count = int(node.max()) + 1
    missed = ~np.isin(ends[:, 0] * count + ends[:, 1], first * count + second) & (ends[:, 0] != ends[:, 1])
    if missed.any():
        raise SystemExit(f"{missed.sum()} of {len(planted)} planted pairs were not found")


def pairs_of_rows(found: Found) -> set[tuple[int, int]]:
    """Return all pairs of rows within the distance: those of one node, and those of two neighbouring ones."""
    node, (first, second, _) = found
    members: dict[int, list[int]] = {}
    for row, own in enumerate(node.tolist()):
        members.setdefault(own, []).append(row)
    joined = [(a, b) for rows in members.values() for a in rows for b in rows if a < b]
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        joined += [(min(a, b), max(a, b)) for a in members[one] for b in members[other]]
    return set(joined)


def compare_all(hashes: Hashes, distance: int) -> set[tuple[int, int]]:
    """Return the pairs of rows within the distance by comparing all with all."""
    found = set()
    for row in range(len(hashes)):
        near = np.flatnonzero(distances(hashes[row : row + 1], hashes[row + 1 :]) <= distance)
        found |= {(row, row + 1 + int(other)) for other in near}
    return found


def search_with_peer(hashes: Hashes, distance: int) -> tuple[set[tuple[int, int]], float]:
    """Search with imagededup; give its pairs and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hashes.json"
        file.write_text(json.dumps({str(place): f"{value:016x}" for place, value in enumerate(hashes[:, 0].tolist())}))
        answer = json.loads(run_peer(IMAGEDEDUP, IMAGEDEDUP_WITHOUT_CNN + SEARCH, str(file), str(distance))[0])
    return {(min(int(a), int(b)), max(int(a), int(b))) for a, b in answer["pairs"]}, answer["seconds"]


def compare_with_peer(hashes: Hashes, distance: int) -> dict[str, float]:
    """Search the same hashes with ours and with the peer, and say in how many pairs they differ."""
    # The best of three: threads and memory are warm then, as they are in the peer's minute.
    found, ours = min((search(hashes, distance) for _ in range(3)), key=lambda run: run[1])
    own = pairs_of_rows(found)
    theirs, seconds = search_with_peer(hashes, distance)
    print(f"{len(hashes):,} hashes: ours {ours:.3f} s, {IMAGEDEDUP} {seconds:.1f} s, ratio {seconds / ours:,.0f}")
    print(f"pairs: ours {len(own):,}, theirs {len(theirs):,}, in both {len(own & theirs):,}")
    figures = {"own_seconds": round(ours, 4), "peer_seconds": round(seconds, 2), "ratio": round(seconds / ours, 1)}
    return figures | {"pairs_ours_only": len(own - theirs), "pairs_peer_only": len(theirs - own)}


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hashes", type=int, default=1_000_000)
    parser.add_argument("--distance", type=int, default=4)
    parser.add_argument("--like", type=Path, help="a screened manifest whose hashes are like those to search")
    parser.add_argument("--orientations", action="store_true", help="eight hashes of every picture")
    parser.add_argument("--peer", action="store_true", help="search 20,000 with imagededup too")
    parser.add_argument("--quick", action="store_true", help="100,000 hashes, no peer")
    return parser.parse_args()


def main() -> None:
    """Run the benchmark."""
    options = parse_arguments()
    count, columns = 100_000 if options.quick else options.hashes, 8 if options.orientations else 1
    real = pq.read_table(options.like, columns=["phash"])["phash"].to_numpy() if options.like else None
    hashes, planted = make_hashes(count, options.distance, real, columns)
    found, seconds = search(hashes, options.distance)
    # Before anything else takes memory.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    check_planted(found, planted)
    few, _ = make_hashes(min(SMALL, count), options.distance, real, columns)
    pairs = compare_all(few, options.distance)
    if pairs_of_rows(find_near(few, options.distance)) != pairs:
        raise SystemExit("brute force finds other pairs")
    figures = {"hashes": count, "distance": options.distance, "pairs": len(found[1][0]), "planted": len(planted)}
    figures |= {"seconds": round(seconds, 2), "per_second": round(count / seconds), "peak_mib": round(peak)}
    print(f"{count:,} hashes at distance {options.distance}: {seconds:.2f} s, peak {peak:,.0f} MiB")
    print(f"{len(found[1][0]):,} pairs of distinct ones, all {len(planted):,} planted pairs found")
    print(f"{len(few):,} hashes give the {len(pairs):,} pairs that brute force gives")
    if options.peer and not options.quick:
        chance = np.random.default_rng(SEED)
        figures |= compare_with_peer(few if real is None else chance.choice(real, (SMALL, 1), False), options.distance)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
