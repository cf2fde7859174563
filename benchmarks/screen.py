"""Screen CIFAKE: decode, both digests, four hashes, evidence and manifest, beside imagededup's hashing alone.

    python benchmarks/screen.py --archive ../shared/data/cifake.zip [--peer] [--quick]

Clones the last commit into a temporary folder, collects the archive there (not timed), and times `python -m
pipeline.screen` as DVC calls it, start-up included. ``--quick`` takes 6,000 pictures of it. ``--peer`` unpacks the
same pictures and times imagededup's `encode_images`, with its start-up and without.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
from cifake import Measured, prepare
from peers import IMAGEDEDUP as PEER
from peers import IMAGEDEDUP_WITHOUT_CNN, peer_python, run_peer

QUICK = 6_000

ENCODE = f"""
{IMAGEDEDUP_WITHOUT_CNN}
import json, sys, time
from imagededup.methods import PHash
start = time.perf_counter()
encoded = PHash(verbose=False).encode_images(image_dir=sys.argv[1], recursive=True)
print(json.dumps(dict(pictures=len(encoded), seconds=time.perf_counter() - start)))
"""


def shorten(archive: Path, target: Path, count: int) -> Path:
    """Write an archive of some pictures of another, drawn by chance: names go by classes."""
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(target, "w") as some:
        names = [name for name in whole.namelist() if not name.endswith("/")]
        for name in sorted(random.Random(0).sample(names, min(count, len(names)))):
            some.writestr(name, whole.read(name))
    return target


def encode_with_peer(archive: Path, folder: Path) -> dict[str, float]:
    """Unpack an archive and hash its pictures with imagededup."""
    with zipfile.ZipFile(archive) as pictures:
        pictures.extractall(folder)
    peer_python(PEER)
    answer, seconds = run_peer(PEER, ENCODE, str(folder))
    found: dict[str, float] = json.loads(answer)
    return found | {"seconds_with_start": seconds}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--peer", action="store_true", help="hash the same pictures with imagededup too")
    parser.add_argument("--quick", action="store_true", help=f"take {QUICK:,} pictures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        archive = shorten(options.archive, Path(temporary) / "some.zip", QUICK) if options.quick else options.archive
        prepare(folder, archive)
        subprocess.run([sys.executable, "-m", "pipeline.collect", "cifake"], cwd=folder, check=True)
        screened = Measured([sys.executable, "-m", "pipeline.screen", "cifake"], folder)
        pictures = sum(
            pq.read_metadata(folder / "datasets" / "screened" / "cifake" / f"{name}.parquet").num_rows
            for name in ("manifest", "rejected")
        )
        per_second = pictures / screened.seconds
        figures = {"pictures": pictures, "seconds": round(screened.seconds, 2), "per_second": round(per_second)}
        figures["peak_mib"] = round(screened.peak_mib)
        print(
            f"{pictures:,} pictures: {screened.seconds:.1f} s, {per_second:,.0f}/s, peak {screened.peak_mib:,.0f} MiB"
        )
        if options.peer:
            theirs = encode_with_peer(archive, Path(temporary) / "unpacked")
            rate = theirs["pictures"] / theirs["seconds"]
            started = theirs["pictures"] / theirs["seconds_with_start"]
            figures |= {"peer_per_second": round(started), "peer_per_second_without_start": round(rate)}
            figures |= {
                "ratio": round(per_second / started, 2),
                "ratio_without_its_start": round(per_second / rate, 2),
            }
            print(f"{PEER}, one hash and nothing else: {started:,.0f}/s, ratio {per_second / started:.2f}")
            print(f"the same without its start-up: {rate:,.0f}/s, ratio {per_second / rate:.2f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
