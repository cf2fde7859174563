"""Inference: pictures from files through decoding and a detector; the wait for one; and what LiteRT gives and costs.

    python benchmarks/predict.py --archive ../shared/data/cifake.zip [--model model.keras] [--quick]

Unpacks 20,000 pictures of the archive, chosen by chance, and scores them as `touchstone predict` does, with the model
loaded. Without ``--model``, the network of recipe four_layer_cnn is asked untrained: as fast, but its accuracy means
nothing. The last table compares the LiteRT conversions on 1,000 of the pictures, the labels being the archive's.
"""

import argparse
import json
import random
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


from pipeline.asking.picture_judgement import PictureJudge  # noqa: E402
from pipeline.config.params import Collect, Resize, Screen  # noqa: E402
from pipeline.config.recipe import parse_recipe  # noqa: E402
from pipeline.judgement.features import with_features  # noqa: E402
from pipeline.models.build_network import build_model  # noqa: E402
from pipeline.models.saved_model import load_model, predict_scores, read_threshold, save_model, side_of  # noqa: E402
from touchstone.commands.predict_command import Reader, ask, read_picture  # noqa: E402
from touchstone.publishing.exported_model import predict_tflite, to_tflite  # noqa: E402

FULL, QUICK, SINGLE, COMPARED, CALIBRATING = 20_000, 2_000, 500, 1_000, 300


def unpack(archive: Path, folder: Path, count: int) -> list[Path]:
    """Write some of an archive's pictures as files; their names keep the class."""
    with zipfile.ZipFile(archive) as source:
        names = [name for name in source.namelist() if name.lower().endswith((".jpg", ".jpeg", ".png"))]
        files = []
        for number, name in enumerate(random.Random(1).sample(names, count)):
            label = "fake" if "/FAKE/" in name.upper() else "real"
            files.append(folder / f"{number:05d}_{label}{Path(name).suffix}")
            files[-1].write_bytes(source.read(name))
    return files


def untrained(path: Path) -> Path:
    """Save the default recipe's network as it is built."""
    recipe = parse_recipe("", yaml.safe_load((ROOT / "recipes" / "four_layer_cnn.yaml").read_text()))
    save_model(build_model(recipe.size, recipe.model), path)
    return path


def time_single(detector: Any, files: list[Path], reader: Reader) -> dict[str, float]:
    """Time one picture after the other, from file to score, in milliseconds."""
    waits = []
    for file in files:
        start = time.perf_counter()
        predict_scores(detector, read_picture(file, reader).pixels[:1])
        waits.append(1000 * (time.perf_counter() - start))
    return {"p50_ms": float(np.percentile(waits[5:], 50)), "p95_ms": float(np.percentile(waits[5:], 95))}


def compare_formats(detector: Any, files: list[Path], reader: Reader, threshold: float) -> list[dict[str, Any]]:
    """Score pictures with the original and with both conversions."""
    pixels = np.stack([read_picture(file, reader).pixels[0] for file in files])
    labels = np.array([file.stem.endswith("fake") for file in files])
    calibrating, compared = pixels[:CALIBRATING], pixels[CALIBRATING:]
    wanted = predict_scores(detector, compared)
    rows = []
    for name, content in {
        "keras": None,
        "tflite": to_tflite(detector),
        "int8": to_tflite(detector, calibrating),
    }.items():
        start = time.perf_counter()
        scores = wanted if content is None else predict_tflite(content, compared)
        rows.append(
            {
                "format": name,
                "bytes": None if content is None else len(content),
                "per_second": None if content is None else len(compared) / (time.perf_counter() - start),
                "largest_difference": float(np.abs(scores - wanted).max()),
                "accuracy": float(((scores >= threshold) == labels[CALIBRATING:]).mean()),
            }
        )
    return rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="a trained detector")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} pictures in place of {FULL:,}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = unpack(options.archive, folder, QUICK if options.quick else FULL)
        model = options.model or untrained(folder / "model.keras")
        detector = load_model(model)
        judge = PictureJudge.open(model, read_threshold(model))
        reader = Reader(judge, side_of(detector), Resize(), Screen().max_pixels, Collect().max_bytes)
        network = with_features(detector)
        list(ask(network, files[:300], reader))  # the first batch is traced
        start = time.perf_counter()
        outcomes = list(ask(network, files, reader))
        seconds = time.perf_counter() - start
        assert [outcome.path for outcome in outcomes] == files
        found: dict[str, Any] = {"pictures": len(files), "seconds": seconds, "per_second": len(files) / seconds}
        print(f"{len(files):,} pictures from files: {seconds:.1f} s, {len(files) / seconds:,.0f}/s, decoding included")
        found |= time_single(detector, files[:SINGLE], reader)
        print(f"one picture, from file to score: p50 {found['p50_ms']:.1f} ms, p95 {found['p95_ms']:.1f} ms")
        found["trained"] = options.model is not None
        rows = compare_formats(detector, files[: COMPARED + CALIBRATING], reader, read_threshold(model))
        for row in rows:
            print(
                "  ".join(
                    f"{key} {value:.6g}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in row.items()
                )
            )
        found["formats"] = rows
    print(json.dumps(found))


if __name__ == "__main__":
    main()
