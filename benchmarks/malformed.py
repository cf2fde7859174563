"""Screen malformed pictures: damaged ones of every format that Pillow writes, and bombs. No crash, no hang, reasons.

    python benchmarks/malformed.py [--pictures 100000] [--seed 0] [--quick]

Writes them into the shards of a project in a temporary folder (not timed), and runs `python -m pipeline.screen` on it
as DVC does. Fails if a picture is on file neither as passed nor with its reason. ``--quick`` takes 5,000.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pyarrow.parquet as pq
import yaml
from cifake import ROOT, Measured
from mutations import make_bombs, make_originals, mutate

from pipeline.records.record import Candidate, Record
from pipeline.records.shards import write_source
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label

SOURCE = "malformed"


def prepare(paths: Paths, count: int, seed: int) -> list[str]:
    """Write the shards of a project of so many malformed pictures; give the format that each was made from."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["sources"] = {
        SOURCE: {"collector": "folder", "path": SOURCE, "label": "REAL"},
        "other": {"collector": "folder", "path": "other", "label": "FAKE"},
    }
    params["recipes"] = ["any"]
    (paths.root / "params.yaml").write_text(yaml.safe_dump(params))
    paths.recipe("any").parent.mkdir(parents=True)
    paths.recipe("any").touch()
    bombs = list(make_bombs())
    formats: list[str] = []

    def records() -> Iterator[Record]:
        pictures = chain(bombs, mutate(make_originals(), count - len(bombs), seed))
        for rank, (name, data) in enumerate(pictures):
            formats.append(name)
            candidate = Candidate(SOURCE, rank, Label.REAL, "folder", f"{rank}.{name.lower()}")
            yield Record(candidate, data, datetime(2026, 1, 1, tzinfo=UTC))

    paths.collected(SOURCE).mkdir(parents=True)
    write_source(paths.collected(SOURCE), records())
    return formats


def count_outcomes(paths: Paths, formats: list[str]) -> dict[str, Counter[str]]:
    """Count what became of the pictures of each format: ``passed``, or the reason."""
    folder = paths.screened(SOURCE)
    outcomes = dict.fromkeys(pq.read_table(folder / "manifest.parquet")["rank"].to_pylist(), "passed")
    outcomes |= {row["rank"]: row["reason"] for row in pq.read_table(folder / "rejected.parquet").to_pylist()}
    if sorted(outcomes) != list(range(len(formats))):
        raise SystemExit(f"{len(formats):,} pictures went in, {len(outcomes):,} are on file")
    counted: dict[str, Counter[str]] = {}
    for rank, name in enumerate(formats):
        counted.setdefault(name, Counter())[outcomes[rank]] += 1
    return counted


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="take 5,000 pictures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        paths = Paths(Path(temporary))
        start = time.perf_counter()
        formats = prepare(paths, 5_000 if options.quick else options.pictures, options.seed)
        print(f"{len(formats):,} pictures of {len(set(formats))} formats made in {time.perf_counter() - start:.0f} s")
        screened = Measured([sys.executable, "-m", "pipeline.screen", SOURCE], paths.root)
        counted = count_outcomes(paths, formats)
    for name, outcomes in sorted(counted.items()):
        print(f"{name:10}", ", ".join(f"{outcome} {count:,}" for outcome, count in outcomes.most_common()))
    reasons = sum(counted.values(), Counter())
    print(f"{len(formats):,} pictures: {screened.seconds:.1f} s, peak {screened.peak_mib:,.0f} MiB")
    figures = {"pictures": len(formats), "seconds": round(screened.seconds, 1), "peak_mib": round(screened.peak_mib)}
    print(json.dumps(figures | {"per_second": round(len(formats) / screened.seconds), "outcomes": dict(reasons)}))


if __name__ == "__main__":
    main()
