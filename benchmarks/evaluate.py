"""The whole evaluation of a detector: figures, 18 damages, placebo, Grad-CAM, plots and report, as DVC would run it.

    python benchmarks/evaluate.py --project ../project [--recipe four_layer_cnn] [--quick]

The project is one in which the recipe is trained, by `dvc repro` or by `benchmarks/cifake.py`; nothing is written into
it. ``--quick`` evaluates 1,000 of the test pictures. Peak memory is that of all processes together.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from cifake import Measured

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.evaluation.robustness import VARIANTS  # noqa: E402
from pipeline.runtime.paths import PARAMS, Paths  # noqa: E402

QUICK = 1_000


def link(paths: Paths, folder: Path, recipe: str) -> Paths:
    """Lay out what ``evaluate`` reads of a project in another folder, by links; what it writes stays there."""
    mine = Paths(folder)
    wanted = [paths.root / PARAMS, paths.root / "recipes", paths.split(recipe), paths.augmented(recipe)]
    wanted += [paths.datasets / name for name in ("collected", "screened", "deduplicated", "resized")]
    wanted += [paths.results(recipe) / name for name in ("model.keras", "training", "audit.json")]
    for path in wanted:
        place = mine.root / path.relative_to(paths.root)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(path)
    return mine


def shorten(paths: Paths, recipe: str) -> None:
    """Leave the first pictures of the test, which come in no order, in place of all."""
    whole = paths.split(recipe)
    tables = {part: pq.read_table(whole / f"{part}.parquet") for part in ("train", "val", "test", "dropped")}
    whole.unlink()
    whole.mkdir()
    for part, table in tables.items():
        pq.write_table(table[:QUICK] if part == "test" else table, whole / f"{part}.parquet")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--recipe", default="four_layer_cnn")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} of the test pictures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        paths = link(Paths(options.project.resolve()), Path(temporary), options.recipe)
        if options.quick:
            shorten(paths, options.recipe)
        command = [sys.executable, "-m", "pipeline.evaluate", options.recipe]
        run = Measured(command, paths.root, {"PYTHONPATH": str(ROOT)})
        figures = json.loads((paths.results(options.recipe) / "metrics.json").read_text())
        report = (paths.results(options.recipe) / "report.html").stat().st_size
    pictures = figures["pictures"]
    print(f"{pictures:,} pictures, each in {VARIANTS + 1} states: {run.seconds:.1f} s, peak {run.peak_mib:.0f} MiB")
    print(f"accuracy {figures['accuracy']:.4f}, report of {report / 2**20:.1f} MiB")
    found = {
        "pictures": pictures,
        "seconds": round(run.seconds, 1),
        "per_second": round(pictures / run.seconds, 1),
        "peak_mib": round(run.peak_mib),
        "accuracy": figures["accuracy"],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
