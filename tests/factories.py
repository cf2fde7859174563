"""Small real inputs that many tests need."""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from pipeline.deduplicate import Deduplicated, Rules, add_hashes, deduplicate
from pipeline.deduplicating.copies import Copies, Pairs
from pipeline.deduplicating.deduplicate_settings import Deduplicate
from pipeline.evaluation.seed_summary import SCORES
from pipeline.judgement.detector_judgement import untested
from pipeline.records.record import Candidate, Record, Rejection
from pipeline.records.shards import write_source
from pipeline.runtime.paths import Paths
from pipeline.similarity.neighbour_graph import find_kinship, list_pairs, stack_hashes
from pipeline.storage.files import replacing_folder, write_json
from pipeline.storage.labels import Label
from pipeline.storage.tables import write_table

PARAMS = """
internet: sandbox
seed: 42
sources:
  photos: {{collector: folder, path: photos, label: REAL}}
  fakes: {{collector: folder, path: fakes, label: FAKE}}
collect: {{contact: "", workers: 4, timeout: 5.0, max_bytes: 5000000}}
screen: {{min_side: 16, max_pixels: 1000000, max_aspect: 4.0, min_deviation: 2.0}}
deduplicate: {{hash: phash, max_distance: 4, cross_label: drop}}
resize: {{sizes: [{size}], filter: lanczos}}
recipes:
  - tiny
"""

RECIPE = """
description: A tiny recipe for tests.
sources: all
size: {size}
split: {{strategy: official, val: 0.2, test: 0.2}}
augment: {{copies: {copies}, horizontal_flip: true, shift: 0.1, brightness: 0.1, contrast: 0.1,
  online: {{horizontal_flip: true, shift: 1}}}}
model: {{name: four_layer_cnn, filters: [4, 8, 8, 8], dense: [8, 4], dropout: 0.1}}
train: {{epochs: 1, batch_size: 16, optimizer: adamw, learning_rate: 0.001, weight_decay: 0.01, label_smoothing: 0.0,
  average: 0.0}}
"""


def write_project(root: Path, size: int = 16, copies: int = 1) -> Paths:
    """Write params.yaml and recipes/tiny.yaml of a project with the folders ``photos`` (REAL) and ``fakes`` (FAKE)."""
    (root / "recipes").mkdir(parents=True, exist_ok=True)
    (root / "params.yaml").write_text(PARAMS.format(size=size))
    (root / "recipes" / "tiny.yaml").write_text(RECIPE.format(size=size, copies=copies))
    return Paths(root)


def make_image(seed: int, width: int = 64, height: int = 48) -> Image.Image:
    """Make a picture that is unlike that of any other seed: smooth noise, so that its hashes are stable."""
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def encode(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Encode a picture as a file's bytes."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def make_record(source: str, rank: int, data: bytes, label: Label = Label.REAL, **known: str) -> Record:
    """Make a record as a collector would."""
    candidate = Candidate(source, rank, label, "folder", f"{source}/{rank}.jpg", **known)
    return Record(candidate, data, datetime(2026, 1, 1, tzinfo=UTC))


def write_collected(paths: Paths, source: str, results: Iterable[Record | Rejection]) -> None:
    """Write what a source collected, as the stage ``collect`` does."""
    with replacing_folder(paths.collected(source)) as folder:
        write_source(folder, results)


def collect_two_classes(paths: Paths, each: int) -> None:
    """Collect ``each`` distinct pictures per class."""
    for source, label, base in (("photos", Label.REAL, 0), ("fakes", Label.FAKE, 10_000)):
        records = [make_record(source, i, encode(make_image(base + i)), label) for i in range(each)]
        write_collected(paths, source, records)


def write_scores(paths: Paths, recipe: str, scores: Sequence[float], first: int = 0) -> None:
    """Write a recipe's scores as ``evaluate`` does, of ranks from ``first`` on: below 20 photographs, then fakes."""
    rows = [
        {"seed": 42, "kept": True, "threshold": 0.5, "source": "photos", "rank": rank, "id": f"{rank:064x}",
         "label": int(rank >= 20), "score": score}
        for rank, score in enumerate(scores, first)
    ]  # fmt: skip
    write_table(paths.scores(recipe), rows, SCORES.schema)
    write_json(paths.compared_judgement(recipe), untested(recipe).to_json())


def photograph(number: int, side: tuple[int, int] = (256, 192)) -> Image.Image:
    """Cut a piece out of a photograph that comes with scikit-image: each number another one."""
    from skimage import data

    places = [(name, x, y) for name in ("astronaut", "chelsea", "coffee") for y in (0, 100) for x in (0, 180)]
    name, x, y = places[number % len(places)]
    return Image.fromarray(getattr(data, name)()).convert("RGB").crop((x, y, x + side[0], y + side[1]))


def settle(rows: pd.DataFrame, settings: Deduplicate, believe_files: bool = False, **known: object) -> Deduplicated:
    """Deduplicate records as if every pair within the distance were confirmed."""
    records = add_hashes(rows, settings)
    hashes = stack_hashes(records)
    kinship = find_kinship(hashes, settings.max_distance, records["pixels_id"])
    ends = np.array(list_pairs(kinship), dtype=np.int64).reshape(-1, 3)
    none, sure = np.zeros(len(ends), dtype=np.uint8), np.ones(len(ends), dtype=bool)
    copies = Copies(Pairs(ends[:, 0], ends[:, 1], none, none, sure, sure), kinship)
    return deduplicate(records, copies, Rules(settings.cross_label, believe_files), **known)


def run_stage(monkeypatch: object, root: Path, stage: str, *names: str) -> None:
    """Run a stage's ``main`` as DVC would, in this process."""
    import importlib
    import sys

    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "argv", [stage, *names])
    importlib.import_module(f"pipeline.{stage}").main()


def build(monkeypatch: object, root: Path, until: str, sources: Sequence[str] = ("photos", "fakes")) -> None:
    """Run the stages after ``collect`` up to and with ``until``."""
    steps = [
        ("screen", sources), ("deduplicate", None), ("resize", sources), ("split", ["tiny"]), ("augment", ["tiny"]),
        ("audit", ["tiny"]),
    ]  # fmt: skip
    for stage, items in steps:
        for item in [()] if items is None else [(name,) for name in items]:
            run_stage(monkeypatch, root, stage, *item)
        if stage == until:
            return


def make_endless(side: int = 1000, scans: int = 20_000) -> bytes:
    """Make a progressive JPEG of so many scans: each makes a decoder go over the whole picture again."""
    data = encode(make_image(1, side, side).convert("L"), progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * scans + data[-2:]
