"""The pictures of a recipe as others get them: original bytes, split and label, and what may be passed on."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.params import Params
from pipeline.records.shards import read_shard, shard_paths
from pipeline.rights.rights import attribute, rights_of
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label
from pipeline.storage.tables import read_table
from touchstone.publishing.exported_pictures import SPLITS, ExportedPicture

#: Pictures that are in Python's hands at a time; a shard is in Arrow's.
BATCH = 64


def iterate_pictures(paths: Paths, params: Params, recipe: str, everything: bool) -> Iterator[ExportedPicture]:
    """Return the pictures of a recipe's splits, source by source, one shard in memory at a time.

    Without ``everything``, those that may not be passed on come without their bytes.

    Raises:
        StageMissingError: the recipe's pictures are not divided yet, or what was collected is gone.
    """
    columns = ["source", "rank", "label", "generator"]
    tables = {part: read_table(paths.split(recipe) / f"{part}.parquet", f"split@{recipe}", columns) for part in SPLITS}
    sources = sorted({name for table in tables.values() for name in pc.unique(table["source"]).to_pylist()})
    for source in sources:
        places = {
            row["rank"]: row | {"split": part}
            for part, table in tables.items()
            for row in table.filter(pc.equal(table["source"], source)).to_pylist()
        }
        columns = ["rank", "license_in_file"]
        screened = read_table(paths.screened(source) / "manifest.parquet", f"screen@{source}", columns)
        for row in screened.to_pylist():
            places.get(row["rank"], {}).update(row)
        for shard in shard_paths(paths.collected(source)):
            rows = params.stated(source).apply(read_shard(shard))
            chosen = rows.filter(pc.is_in(rows["rank"], pa.array(list(places), pa.int32())))
            for batch in chosen.to_batches(max_chunksize=BATCH):
                yield from (_picture(row, places[row["rank"]], everything) for row in batch.to_pylist())


def _picture(row: dict[str, Any], place: dict[str, Any], everything: bool) -> ExportedPicture:
    """Put a picture together: what was collected of it, under the split, label and generator that count."""
    row = row | {"license_in_file": place["license_in_file"]}
    rights = rights_of(row)
    withheld = None if everything or rights.allow(changed=False) else rights.reason
    data = row["image"]["bytes"]
    known = row | {"generator": place["generator"]}
    known = {name: known[name] for name in ("page_url", "title", "license", "author", "generator", "source")}
    known |= {"url": row["image_url"], "attribution": attribute(row), "bytes": len(data)}
    known["license"] = row["license"] or row["license_in_file"]
    return ExportedPicture(
        row["id"], place["split"], Label(place["label"]), None if withheld else data, withheld, known
    )


def count_bytes(paths: Paths, recipe: str) -> dict[str, int]:
    """Sum the bytes of the originals of each split."""
    found = {}
    for part in SPLITS:
        table = read_table(paths.split(recipe) / f"{part}.parquet", f"split@{recipe}", ["source", "rank"])
        found[part] = sum(_sizes(paths, table, source) for source in pc.unique(table["source"]).to_pylist())
    return found


def _sizes(paths: Paths, table: pa.Table, source: str) -> int:
    ranks = table.filter(pc.equal(table["source"], source))["rank"]
    screened = read_table(paths.screened(source) / "manifest.parquet", f"screen@{source}", ["rank", "bytes"])
    total = pc.sum(screened.filter(pc.is_in(screened["rank"], ranks.combine_chunks()))["bytes"]).as_py()
    return int(total or 0)
