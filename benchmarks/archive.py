"""Reading archives: 120,000 entries straight from a zip, and a table of 79,950 rows whose twins stay together.

    python benchmarks/archive.py [--quick]

Writes two archives into a temporary folder, clones the last commit there, and runs the stages as DVC calls them. The
first archive has CIFAKE's layout. The second is a stand-in of alessandrasala79/ai-vs-human-generated-dataset with its
whole table and a distinct picture of 32x32 for every row; it goes through collect, screen, deduplicate, resize and
split, and the twins are counted at the end. ``--quick`` takes 12,000 entries and 6,000 pictures.
"""

import argparse
import json
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from cifake import RECIPE, Measured, prepare

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.ai_vs_human import ROWS, write_archive
from tests.factories import encode, make_image

ENTRIES = 120_000


def write_folders(path: Path, entries: int) -> None:
    """Write a zip in CIFAKE's layout, 50 times over the same 2,400 pictures: reading is what is measured."""
    pictures = [encode(make_image(number, 32, 32)) for number in range(2400)]
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(entries):
            part, label = "train" if number % 6 else "test", "REAL" if number % 2 else "FAKE"
            archive.writestr(zipfile.ZipInfo(f"{part}/{label}/{number}.jpg"), pictures[number % len(pictures)])


def run(folder: Path, stage: str, *names: str) -> Measured:
    """Run one stage and measure it."""
    return Measured([sys.executable, "-m", f"pipeline.{stage}", *names], folder)


def read_folders(place: Path, entries: int) -> dict[str, Any]:
    """Collect from a zip of so many entries."""
    write_folders(place / "folders.zip", entries)
    prepare(place / "folders", place / "folders.zip")
    collected = run(place / "folders", "collect", "cifake")
    print(f"{entries:,} entries: {collected.seconds:.1f} s, peak {collected.peak_mib:,.0f} MiB")
    return {
        "entries": entries,
        "seconds": round(collected.seconds, 2),
        "per_second": round(entries / collected.seconds),
        "peak_mib": round(collected.peak_mib),
    }


def follow_twins(place: Path, pictures: int) -> dict[str, Any]:
    """Take the table's pictures down to the split; count pairs that are whole, halved by a drop, or divided."""
    folder = place / "table"
    write_archive(place / "table.zip", pictures)
    prepare(folder, place / "table.zip")
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["sources"]["cifake"]["table"] = {"file": "train.csv", "path": "file_name", "twins": True}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    steps = (("collect", "cifake"), ("screen", "cifake"), ("deduplicate",), ("resize", "cifake"), ("split", RECIPE))
    measured = {step[0]: run(folder, *step) for step in steps}
    data = folder / "datasets"
    shards = sorted((data / "collected" / "cifake").glob("shard-*.parquet"))
    records = pa.concat_tables(pq.read_table(shard, columns=["rank", "pair"]) for shard in shards)
    pair_of = dict(zip(records["rank"].to_pylist(), records["pair"].to_pylist(), strict=True))
    sides: dict[str, list[str]] = {}
    for part in ("train", "val", "test"):
        for rank in pq.read_table(data / "split" / RECIPE / f"{part}.parquet", columns=["rank"])["rank"].to_pylist():
            sides.setdefault(pair_of[rank], []).append(part)
    pairs = Counter(
        "halved" if len(parts) == 1 else "divided" if len(set(parts)) > 1 else "whole" for parts in sides.values()
    )
    seconds = {stage: round(each.seconds, 1) for stage, each in measured.items()}
    peak = max(each.peak_mib for each in measured.values())
    print(f"{pictures:,} of {ROWS:,} rows: {seconds}, peak {peak:,.0f} MiB; pairs: {dict(pairs)}")
    figures = {"rows": ROWS, "pictures": pictures, "stages": seconds, "chain_peak_mib": round(peak)}
    return figures | {f"pairs_{kind}": pairs[kind] for kind in ("whole", "halved", "divided")}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="take a tenth")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        figures = read_folders(place, ENTRIES // 10 if quick else ENTRIES)
        figures |= follow_twins(place, 6_000 if quick else ROWS)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
