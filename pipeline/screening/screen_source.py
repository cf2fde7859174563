"""One source: screen its shards in processes, whatever becomes of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.hashing.views import VIEWS_SCHEMA
from pipeline.records.shards import read_shard, shard_paths
from pipeline.runtime.paths import Paths
from pipeline.runtime.work import try_pieces
from pipeline.screening.measurements import SCREENED_SCHEMA
from pipeline.screening.screen_shard import Screened, ScreenPiece, give_up, screen_shard
from pipeline.screens.placeholder import find_placeholders

if TYPE_CHECKING:
    from pipeline.config.params import Params


def screen(paths: Paths, source: str, params: Params) -> Screened:
    """Screen all shards of one source, in processes."""
    shards = shard_paths(paths.collected(source))
    columns = [read_shard(shard, ["id", "image_url"]) for shard in shards]
    placeholders = find_placeholders(columns, params.screen.placeholder_hosts)
    shared = ScreenPiece(
        shard=Path(),
        number=0,
        start=0,
        stop=0,
        settings=params.screen,
        placeholders=placeholders,
        orientations=params.deduplicate.orientations,
        stated=params.stated(source),
        strict=params.collect.rights == "strict",
    )
    pieces = [
        replace(shared, shard=shard, number=number, stop=column.num_rows)
        for number, (shard, column) in enumerate(zip(shards, columns, strict=True))
    ]
    done = list(screen_pieces(pieces))
    passed = pa.concat_tables([SCREENED_SCHEMA.empty_table(), *(screened.passed for screened in done)])
    views = pa.concat_tables([VIEWS_SCHEMA.empty_table(), *(screened.views for screened in done)])
    return Screened(passed.combine_chunks(), views, list(chain.from_iterable(screened.rejected for screened in done)))


def screen_pieces(pieces: Sequence[ScreenPiece]) -> Iterator[Screened]:
    """Screen some pieces; of one on which a decoder crashes, or never ends, only that picture is lost."""
    for piece, screened in zip(pieces, try_pieces(screen_shard, pieces), strict=True):
        if screened:
            yield screened
        elif piece.stop - piece.start > 1:
            for half in piece.halves():
                yield from screen_pieces([half])
        else:
            yield give_up(piece)
