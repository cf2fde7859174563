"""Decode every picture once, measure it, and drop what cannot be used.

Reads datasets/collected/SOURCE, writes datasets/screened/SOURCE: manifest.parquet and rejected.parquet.
"""

from pipeline.parts.work import start_server, try_pieces

if __name__ == "__main__":
    # Before all else, so that it gets ready while this process does.
    start_server("pipeline.screening.shard")

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.parts.command import Stage, run_command
from pipeline.parts.measurements import SCREENED_SCHEMA
from pipeline.parts.params import Params, load_params
from pipeline.parts.paths import Paths, find_root
from pipeline.parts.record import REJECTED_SCHEMA
from pipeline.parts.shards import read_shard, shard_paths
from pipeline.parts.tables import write_table
from pipeline.screening.picture import speaks_against
from pipeline.screening.shard import Piece, Screened, give_up, screen_shard
from pipeline.screens.placeholder import find_placeholders


def screen(paths: Paths, source: str, params: Params) -> Screened:
    """Screen all shards of one source, in processes."""
    shards = shard_paths(paths.collected(source))
    columns = [read_shard(shard, ["id", "image_url"]) for shard in shards]
    placeholders = find_placeholders(columns, params.screen.placeholder_hosts)
    settings, orientations = params.screen, params.deduplicate.orientations
    pieces = [
        Piece(shard, number, 0, column.num_rows, settings, placeholders, orientations)
        for number, (shard, column) in enumerate(zip(shards, columns, strict=True))
    ]
    done = list(screen_pieces(pieces))
    passed = pa.concat_tables([SCREENED_SCHEMA.empty_table(), *(screened.passed for screened in done)])
    return Screened(passed.combine_chunks(), list(chain.from_iterable(screened.rejected for screened in done)))


def screen_pieces(pieces: Sequence[Piece]) -> Iterator[Screened]:
    """Screen some pieces; of one on which a decoder crashes, or never ends, only that picture is lost."""
    for piece, screened in zip(pieces, try_pieces(screen_shard, pieces), strict=True):
        if screened:
            yield screened
        elif piece.stop - piece.start > 1:
            for half in piece.halves():
                yield from screen_pieces([half])
        else:
            yield give_up(piece)


def describe(passed: pa.Table) -> str:
    """Count what was done to the pictures that passed, and what their metadata says of their origin."""
    done = Counter(pc.list_flatten(passed["normalised"]).to_pylist())
    said = Counter(zip(passed["evidence"].to_pylist(), passed["label"].to_pylist(), strict=True))
    for (evidence, label), count in said.items():
        if evidence != "none":
            done[f"evidence of {evidence}"] += count
        if speaks_against(evidence, label):
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
    write_table(paths.screened(source) / "rejected.parquet", screened.rejected, REJECTED_SCHEMA)
    dropped = Counter(row["reason"] for row in screened.rejected)
    given = screened.passed.num_rows
    stage.summarise(given + len(screened.rejected), given, dropped, describe(screened.passed))


if __name__ == "__main__":
    run_command(main)
