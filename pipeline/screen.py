"""Decode every picture once, measure it, and drop what cannot be used.

Reads datasets/collected/SOURCE, writes datasets/screened/SOURCE: manifest.parquet, views.parquet (small squares of
each picture, and hashes of these, for ``deduplicate``) and rejected.parquet.
"""

from pipeline.runtime.work import start_server

if __name__ == "__main__":
    # Before all else, so that it gets ready while this process does.
    start_server("pipeline.screening.screen_shard")

import sys
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.params import load_params
from pipeline.hashing.views import VIEWS_SCHEMA
from pipeline.records.record import REJECTED_SCHEMA
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.screening.measurements import SCREENED_SCHEMA
from pipeline.screening.screen_source import screen
from pipeline.screening.screened_picture import contradicts_label
from pipeline.storage.tables import write_table


def describe(passed: pa.Table) -> str:
    """Count what was done to the pictures that passed, and what their metadata says of their origin."""
    done = Counter(pc.list_flatten(passed["normalised"]).to_pylist())
    said = Counter(zip(passed["evidence"].to_pylist(), passed["label"].to_pylist(), strict=True))
    for (evidence, label), count in said.items():
        if evidence != "none":
            done[f"evidence of {evidence}"] += count
        if contradicts_label(evidence, label):
            done["evidence against the label"] += count
    return ", ".join(f"{word} {count:,}" for word, count in sorted(done.items()))


def main() -> None:
    """Run the stage for the source named on the command line."""
    source = sys.argv[1]
    stage = Stage("screen", source)
    root = find_root()
    paths = Paths(root)
    screened = screen(paths, source, load_params(root))
    write_table(paths.screened(source) / "manifest.parquet", screened.passed, SCREENED_SCHEMA)
    write_table(paths.views(source), screened.views, VIEWS_SCHEMA)
    write_table(paths.screened(source) / "rejected.parquet", screened.rejected, REJECTED_SCHEMA)
    dropped = Counter(row["reason"] for row in screened.rejected)
    given = screened.passed.num_rows
    stage.summarise(given + len(screened.rejected), given, dropped, describe(screened.passed))


if __name__ == "__main__":
    run_command(main)
