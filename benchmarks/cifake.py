"""The whole chain on CIFAKE: from the zip to train-ready pictures, then to a trained and tested detector.

    python benchmarks/cifake.py --archive ../shared/data/cifake.zip [--quick]

Clones the last commit into a temporary folder, makes the archive its only source, and runs `dvc repro` there as a user
would. ``--quick`` stops before training. Peak memory is that of all processes together, sampled every second.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import yaml

ROOT = Path(__file__).resolve().parents[1]
RECIPE = "four_layer_cnn"


class Measured:
    """Runs a command and keeps its wall time and the peak memory of it and its children, in MiB.

    ``more`` are further variables of its environment.
    """

    def __init__(self, command: list[str], folder: Path, more: Mapping[str, str] | None = None) -> None:
        start = time.perf_counter()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, **(more or {})}
        process = subprocess.Popen(command, cwd=folder, env=environment)
        self.peak_mib = 0.0
        watcher = threading.Thread(target=self._watch, args=(psutil.Process(process.pid),))
        watcher.start()
        if process.wait():
            raise SystemExit(f"{' '.join(command)} failed with {process.returncode}")
        self.seconds = time.perf_counter() - start
        watcher.join()

    def _watch(self, root: psutil.Process) -> None:
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            total = 0
            for process in [root, *root.children(recursive=True)]:
                try:
                    # Shared pages counted once for each sharer would double the memory-mapped arrays.
                    total += process.memory_full_info().pss
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            self.peak_mib = max(self.peak_mib, total / 2**20)
            time.sleep(1.0)  # reading smaps of a large process takes 50 ms


def prepare(folder: Path, archive: Path) -> None:
    """Clone the project and make the archive its only source."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["sources"] = {"cifake": {"collector": "archive", "path": str(archive.resolve())}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="stop before training")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        prepare(folder, arguments.archive)
        split = Measured(["dvc", "repro", f"split@{RECIPE}"], folder)
        ready = Measured(["dvc", "repro", f"augment@{RECIPE}", f"audit@{RECIPE}"], folder)
        seconds, peak_mib = split.seconds + ready.seconds, max(split.peak_mib, ready.peak_mib)
        proof = json.loads((folder / "datasets" / "split" / RECIPE / "proof.json").read_text())
        figures = {"seconds": round(seconds, 1), "peak_mib": round(peak_mib), "counts": proof["counts"]}
        figures["split_seconds"] = round(split.seconds, 1)
        print(
            f"\nzip to proven split: {split.seconds:.1f} s, to train-ready: {seconds:.1f} s, peak {peak_mib:.0f} MiB"
        )
        if not arguments.quick:
            trained = Measured(["dvc", "repro"], folder)
            again = Measured(["dvc", "repro"], folder)
            metrics = json.loads((folder / "results" / RECIPE / "metrics.json").read_text())
            figures |= {
                "train_seconds": round(trained.seconds, 1),
                "train_peak_mib": round(trained.peak_mib),
                "second_repro_seconds": round(again.seconds, 1),
                "accuracy": metrics["accuracy"],
                "roc_auc": metrics["roc_auc"],
            }
            print(f"trained and evaluated: {trained.seconds:.1f} s, accuracy {metrics['accuracy']:.4f}")
            print(f"a second dvc repro: {again.seconds:.1f} s")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
