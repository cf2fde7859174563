"""Decode every picture once, measure it, and drop what cannot be used.

Reads datasets/collected/SOURCE, writes datasets/screened/SOURCE: manifest.parquet and rejected.parquet.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.evidence import AGAINST, find_evidence
from pipeline.parts.command import Stage, run_command
from pipeline.parts.hashes import Reduced, check_definitions, hash_batch, hash_turned, reduce
from pipeline.parts.labels import Label
from pipeline.parts.measurements import SCREENED_SCHEMA, digest_pixels, measure_file
from pipeline.parts.params import Params, Screen, load_params
from pipeline.parts.paths import Paths, find_root
from pipeline.parts.pictures import PictureError, normalise, open_picture
from pipeline.parts.record import REJECTED_SCHEMA, Rejection
from pipeline.parts.shards import read_shard, shard_paths
from pipeline.parts.tables import write_table
from pipeline.parts.work import map_pieces
from pipeline.screens import AFTER_DECODING, BEFORE_DECODING, reason_of
from pipeline.screens.placeholder import REASON, find_placeholders

Row = dict[str, Any]

#: Pictures hashed at a time. Large ones are held at up to a megabyte each until then.
BATCH = 256

CARRIED = ("source", "rank", "id", "label", "pair", "official_split", "generator")


@dataclass(frozen=True, slots=True)
class Piece:
    """One shard to screen."""

    shard: Path
    number: int
    settings: Screen
    placeholders: frozenset[str] = frozenset()
    orientations: bool = False


def screen_picture(data: bytes, settings: Screen) -> tuple[Row, Image.Image]:
    """Decode and measure one picture; give the measurements, and the picture in RGB.

    Raises:
        PictureError: it fails a screen, or cannot be decoded; its reason is the one that goes on file.
    """
    image = open_picture(data, settings.max_pixels)
    try:
        measured = measure_file(image, data)
        for check in BEFORE_DECODING:
            if detail := check(image, settings):
                raise PictureError(reason_of(check), detail)
        measured["evidence"], measured["evidence_field"] = find_evidence(image, data)
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, TypeError, KeyError, IndexError) as error:
        # Pillow reads some headers only when asked for their values, and broken ones fail there.
        raise PictureError("undecodable", str(error)[:200]) from error
    picture, measured["normalised"] = normalise(image)
    for check in AFTER_DECODING:
        if detail := check(picture, settings):
            raise PictureError(reason_of(check), detail)
    return measured | {"pixels_id": digest_pixels(picture)}, picture


def screen_shard(piece: Piece) -> tuple[list[Row], list[Row]]:
    """Screen one shard: the rows of the manifest, and the rows of the rejected."""
    passed: list[Row] = []
    rejected: list[Row] = []
    reduced: list[Reduced] = []
    for number, row in enumerate(read_shard(piece.shard, [*CARRIED, "image", "image_url"]).to_pylist()):
        try:
            if row["id"] in piece.placeholders:
                raise PictureError(REASON, f"the same bytes from {piece.settings.placeholder_hosts} hosts or more")
            measured, picture = screen_picture(row["image"]["bytes"], piece.settings)
            if piece.settings.label_conflict == "drop" and speaks_against(row | measured):
                raise PictureError("label-conflict", f"{measured['evidence']}, says {measured['evidence_field']}")
        except PictureError as error:
            drop = Rejection(row["source"], row["rank"], error.reason, row["id"], row["image_url"], error.detail)
            rejected.append(drop.row())
            continue
        if not passed:
            check_definitions(picture)
        passed.append({name: row[name] for name in CARRIED} | {"shard": piece.number, "row": number} | measured)
        grey = picture.convert("L")
        reduced.append(reduce(grey))
        if piece.orientations:
            passed[-1].update({f"{name}_turned": values.tolist() for name, values in hash_turned(grey).items()})
        if len(reduced) == BATCH:
            _add_hashes(passed, reduced)
            reduced = []
    _add_hashes(passed, reduced)
    return passed, rejected


def speaks_against(row: Row) -> bool:
    """Tell whether the metadata of a picture speaks against its label."""
    return bool(row["evidence"] == AGAINST[Label(row["label"])])


def _add_hashes(passed: list[Row], reduced: list[Reduced]) -> None:
    """Add the hashes of the last rows, whose pictures are ``reduced``."""
    if reduced:
        hashes = {name: values.tolist() for name, values in hash_batch(reduced).items()}
        for i, row in enumerate(passed[-len(reduced) :]):
            row.update({name: values[i] for name, values in hashes.items()})


def screen(paths: Paths, source: str, params: Params) -> tuple[list[Row], list[Row]]:
    """Screen all shards of one source, in processes."""
    shards = shard_paths(paths.collected(source))
    columns = (read_shard(shard, ["id", "image_url"]).to_pydict() for shard in shards)
    pictures = (pair for column in columns for pair in zip(column["id"], column["image_url"], strict=True))
    placeholders = find_placeholders(pictures, params.screen.placeholder_hosts)
    settings, orientations = params.screen, params.deduplicate.orientations
    pieces = [Piece(shard, n, settings, placeholders, orientations) for n, shard in enumerate(shards)]
    passed: list[Row] = []
    rejected: list[Row] = []
    for rows, drops in map_pieces(screen_shard, pieces):
        passed += rows
        rejected += drops
    return passed, rejected


def describe(passed: list[Row]) -> str:
    """Count what was done to the pictures that passed, and what their metadata says of their origin."""
    done = Counter(word for row in passed for word in row["normalised"])
    done.update(f"evidence of {row['evidence']}" for row in passed if row["evidence"] != "none")
    done["evidence against the label"] = sum(map(speaks_against, passed))
    return ", ".join(f"{word} {count:,}" for word, count in sorted(done.items()) if count)


def main() -> None:
    """Run the stage for the source named on the command line."""
    source = sys.argv[1]
    stage = Stage("screen", source)
    root = find_root()
    paths = Paths(root)
    passed, rejected = screen(paths, source, load_params(root))
    write_table(paths.screened(source) / "manifest.parquet", passed, SCREENED_SCHEMA)
    write_table(paths.screened(source) / "rejected.parquet", rejected, REJECTED_SCHEMA)
    dropped = Counter(row["reason"] for row in rejected)
    stage.summarise(len(passed) + len(rejected), len(passed), dropped, describe(passed))


if __name__ == "__main__":
    run_command(main)
