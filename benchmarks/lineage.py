"""Ask a project of a million records where a picture came from: how long it takes, start of the process included.

    python benchmarks/lineage.py [--records 1000000] [--quick]

The manifests are synthetic, written with the stages' own schemas and writer; pictures are a few random bytes. Each
question is asked in a new process, some times over: the least and the median seconds, the least seconds of CPU (which
other work on the machine touches less), and the highest peak of memory, all of that process alone.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from asking import Run, ask
from PIL import Image

from pipeline.changes.change import AUGMENTED
from pipeline.deduplicating.deduplicated_tables import DUPLICATES, GROUPS, KEEP, PAIRS
from pipeline.evaluation.seed_summary import PREDICTIONS
from pipeline.records.record import RECORD_SCHEMA, REJECTED_SCHEMA, UNFETCHED_SCHEMA
from pipeline.records.shards import MAX_RECORDS
from pipeline.resizing.resize_source import RESIZED
from pipeline.runtime.paths import Paths
from pipeline.screening.measurements import SCREENED_SCHEMA
from pipeline.splitting.split_tables import SPLIT, SPLIT_DROPPED
from pipeline.storage.tables import write_table

ROOT = Path(__file__).resolve().parents[1]
SOURCES = 10
TIMES = 9
SEED = 42
#: Of a thousand records: rejected by a screen, dropped as near-duplicates.
UNFIT, ALIKE = 10, 50

PARAMS = """
sources:
{sources}
resize: {{sizes: [36]}}
recipes: [four_layer_cnn]
"""


def fill(schema: pa.Schema, count: int, known: Mapping[str, Any]) -> pa.Table:
    """Make a table of ``count`` rows: the columns that are known, and for others nothing, or zeros."""
    columns = []
    for column in schema:
        if column.name in known:
            values = known[column.name]
            several = isinstance(values, np.ndarray | list | pa.Array | pa.ChunkedArray)
            columns.append(pa.array(values if several else [values] * count, column.type))
        elif column.nullable:
            columns.append(pa.nulls(count, column.type))
        else:
            columns.append(
                pa.array([[] if pa.types.is_list(column.type) else _zero(column.type)] * count, column.type)
            )
    return pa.table(columns, schema=schema)


def _zero(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return []
    return "none" if pa.types.is_string(kind) else False if pa.types.is_boolean(kind) else 0


class Source:
    """The records of one source, and what became of each."""

    def __init__(self, number: int, count: int) -> None:
        rng = np.random.default_rng([SEED, number])
        raw = rng.bytes(32 * count)
        self.name, self.count, self.label = f"source_{number}", count, number % 2
        self.ids = np.array([raw[i * 32 : i * 32 + 32].hex() for i in range(count)])
        self.ranks = np.arange(count, dtype=np.int32)
        self.hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
        fate = rng.integers(0, 1000, count)
        self.unfit, self.alike = fate < UNFIT, (fate >= UNFIT) & (fate < UNFIT + ALIKE)
        self.kept = ~(self.unfit | self.alike)

    def known(self, rows: Any) -> dict[str, Any]:
        """Return the columns that most manifests have."""
        ids = self.ids[rows]
        return {"source": self.name, "rank": self.ranks[rows], "id": ids, "label": self.label, "copy": 0} | {
            "hash": self.hashes[rows], "group": ids, "members": 1, "diameter": 0, "pixels_id": ids, "format": "JPEG",
            "mode": "RGB", "width": 640, "height": 480, "bytes": 40_000, "evidence": "none", "collector": "folder",
            "phash": self.hashes[rows],
            "shard": self.ranks[rows] // MAX_RECORDS, "row": self.ranks[rows] % MAX_RECORDS,
        }  # fmt: skip


def write_source(paths: Paths, source: Source) -> None:
    """Write what the stages per source write, without pixels."""
    folder = paths.collected(source.name)
    folder.mkdir(parents=True)
    for shard, start in enumerate(range(0, source.count, MAX_RECORDS)):
        rows = np.arange(start, min(start + MAX_RECORDS, source.count))
        urls = [f"https://host{i % 997}.example.org/pictures/{source.name}/{i}.jpg" for i in rows]
        known = {
            "image_url": urls,
            "fetched_at": 0,
            "image": [{"bytes": b"\xff\xd8" + i.tobytes(), "path": None} for i in rows],
        }
        table = fill(RECORD_SCHEMA, len(rows), source.known(rows) | known)
        pq.write_table(table, folder / f"shard-{shard:05d}.parquet", compression="zstd", use_dictionary=False)
    write_table(folder / "rejected.parquet", [], UNFETCHED_SCHEMA)
    passed = np.flatnonzero(~source.unfit)
    tables = {
        paths.screened(source.name) / "manifest.parquet": (SCREENED_SCHEMA, passed, {}),
        paths.screened(source.name) / "rejected.parquet": (
            REJECTED_SCHEMA,
            np.flatnonzero(source.unfit),
            {"reason": "blank"},
        ),
        paths.keep_list(source.name): (KEEP.schema, np.flatnonzero(source.kept), {}),
        paths.resized(source.name) / "index.parquet": (RESIZED.schema, np.flatnonzero(source.kept), {}),
    }
    for file, (schema, rows, more) in tables.items():
        write_table(file, fill(schema, len(rows), source.known(rows) | more), schema)
    (paths.resized(source.name) / "36").mkdir()
    (paths.resized(source.name) / "36" / "pixels.npy").touch()


def join(sources: list[Source], schema: pa.Schema, rows: list[Any], **more: Any) -> pa.Table:
    """Put rows of all sources into one table."""
    return pa.concat_tables(fill(schema, len(r), s.known(r) | more) for s, r in zip(sources, rows, strict=True))


def write_shared(paths: Paths, sources: list[Source]) -> None:
    """Write what the stages for all sources and per recipe write, without pixels."""
    kept, gone = ([np.flatnonzero(getattr(s, name)) for s in sources] for name in ("kept", "alike"))
    folder = paths.deduplicated
    write_table(folder / "groups.parquet", join(sources, GROUPS.schema, kept), GROUPS.schema)
    dropped = join(sources, DUPLICATES.schema, gone, reason="near-duplicate", distance=2)
    write_table(folder / "duplicates.parquet", dropped, DUPLICATES.schema)
    pairs = [
        {f"{name}{side}": value for side in ("_a", "_b") for name, value in s.known(r).items()}
        for s, r in zip(sources, gone, strict=True)
    ]
    table = pa.concat_tables(fill(PAIRS.schema, len(r), p | {"distance": 2}) for p, r in zip(pairs, gone, strict=True))
    write_table(folder / "pairs.parquet", table, PAIRS.schema)
    recipe, order = paths.split("four_layer_cnn"), np.random.default_rng(SEED)
    rows = join(sources, SPLIT.schema, kept, placed_by="draw")
    rows = rows.take(pa.array(order.permutation(len(rows))))
    edges = [0, int(len(rows) * 0.8), int(len(rows) * 0.9), len(rows)]
    for part, start, stop in zip(("train", "val", "test"), edges, edges[1:], strict=False):
        write_table(recipe / f"{part}.parquet", rows.slice(start, stop - start), SPLIT.schema)
    write_table(recipe / "dropped.parquet", [], SPLIT_DROPPED.schema)
    train = rows.slice(0, edges[1])
    columns = {name: train[name].combine_chunks() for name in ("source", "rank", "id", "label")}
    copies = [fill(AUGMENTED.schema, len(train), columns | {"copy": copy}) for copy in (0, 1)]
    write_table(paths.augmented("four_layer_cnn") / "index.parquet", pa.concat_tables(copies), AUGMENTED.schema)
    test = rows.slice(edges[2])
    columns = {name: test[name].combine_chunks() for name in ("source", "rank", "id", "label")}
    results = paths.results("four_layer_cnn")
    write_table(
        results / "predictions.parquet",
        fill(PREDICTIONS.schema, len(test), columns | {"score": 0.5}),
        PREDICTIONS.schema,
    )
    (results / "model.keras").touch()


def write_project(root: Path, records: int) -> tuple[Paths, list[Source]]:
    """Write a project with so many records."""
    sources = [Source(number, records // SOURCES) for number in range(SOURCES)]
    classes = {0: "REAL", 1: "FAKE"}
    lines = "\n".join(f"  {s.name}: {{collector: folder, path: {s.name}, label: {classes[s.label]}}}" for s in sources)
    (root / "recipes").mkdir()
    (root / "params.yaml").write_text(PARAMS.format(sources=lines))
    (root / "recipes/four_layer_cnn.yaml").write_bytes((ROOT / "recipes/four_layer_cnn.yaml").read_bytes())
    paths = Paths(root)
    for source in sources:
        write_source(paths, source)
    write_shared(paths, sources)
    return paths, sources


def measure(root: Path, sources: list[Source], times: int) -> dict[str, list[Run]]:
    """Ask every question some times; each time about another picture."""
    picture = root / "unseen.png"
    noise = np.random.default_rng(SEED).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((320, 240)).save(picture)
    fates = {"kept": "kept", "near-duplicate": "alike", "rejected": "unfit"}
    asked: dict[str, list[tuple[str, ...]]] = {
        f"why ID ({fate})": [
            ("why", str(s.ids[np.flatnonzero(getattr(s, mask))[-n - 1]])) for n, s in enumerate(sources[:times])
        ]
        for fate, mask in fates.items()
    }
    asked["why ID, 12 digits"] = [("why", str(s.ids[-1])[:12]) for s in sources[:times]]
    asked["why FILE, nearest"] = [("why", str(picture))] * times
    asked["why URL"] = [("why", f"https://host7.example.org/pictures/{s.name}/7.jpg") for s in sources[:times]]
    asked["flow"] = [("flow",)] * times
    ask(root, "why", str(sources[0].ids[0]))
    ask(root, "flow")
    return {question: [ask(root, *each) for each in words] for question, words in asked.items()}


def tell(found: dict[str, list[Run]], records: int) -> None:
    """Print a table for people and a line for programs."""
    figures = {}
    for question, runs in found.items():
        seconds = [run.seconds for run in runs]
        figures[question] = {
            "seconds": round(statistics.median(seconds), 3),
            "least": round(min(seconds), 3),
            "cpu": round(min(run.cpu for run in runs), 3),
            "peak_mib": max(run.peak for run in runs),
        }
    print(f"{'':<24} {'median':>7} {'least':>7} {'CPU':>7} {'MiB':>6}")
    for question, figure in figures.items():
        median, least, cpu, peak = figure.values()
        print(f"{question:<24} {median:7.3f} {least:7.3f} {cpu:7.3f} {peak:6,}")
    highest = max(figure["peak_mib"] for figure in figures.values())
    print(json.dumps({"benchmark": "lineage", "records": records, "peak_mib": highest, "questions": figures}))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="50,000 records, each question three times")
    settings = parser.parse_args()
    records, times = (50_000, 3) if settings.quick else (settings.records, TIMES)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        start = time.perf_counter()
        _, sources = write_project(root, records)
        print(f"{records:,} records written in {time.perf_counter() - start:.1f} s")
        found = measure(root, sources, times)
    tell(found, records)


if __name__ == "__main__":
    main()
