"""Pictures of a published list, fetched anew by their addresses: what the web still has, has changed, or has lost."""

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from collectors.gathering.tombstone_filter import filter_forgotten
from collectors.http.addresses import MAX_ADDRESS
from collectors.http.context import CollectContext
from collectors.http.fetch import fetch_all
from collectors.lists.list_rows import read_rows, text_of
from pipeline.decisions.tombstones import Tombstones
from pipeline.records.record import Candidate, Record, Rejection
from pipeline.storage.labels import Label
from touchstone.publishing.exported_pictures import SPLITS, ExportedPicture
from touchstone.publishing.imagefolder import ImageFolder

COLUMNS = ("id", "url", "split", "label")

OUTCOMES = "outcomes.parquet"

#: ``outcome`` is ``same``, ``changed`` (then ``found`` is the sha256 of what is there now), or the reason why there is
#: no picture; ``file`` holds a picture that is the same.
SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in COLUMNS),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("detail", pa.string()),
        pa.field("found", pa.string()),
        pa.field("file", pa.string()),
    ]
)

ROWS = 10_000

Row = Mapping[str, Any]


def refetch(manifest: Path, folder: Path, context: CollectContext, tombstones: Tombstones) -> Counter[str]:
    """Fetch the pictures of a list into a folder; count the outcomes, and write each into outcomes.parquet.

    Only a picture with the very bytes that the list names is written: SPLIT/0_real/ID.jpg, as an export has it.

    Raises:
        AddressListError: the list cannot be read, or lacks one of the columns id, url, split, label.
    """
    # A list that breaks off is found out before anything is fetched.
    deque(_rows(manifest), maxlen=0)
    found = filter_forgotten(
        fetch_all((_sort(rank, row) for rank, row in enumerate(_rows(manifest))), context), tombstones
    )
    outcomes, writer, rows = Counter[str](), ImageFolder(folder), list[dict[str, Any]]()
    with pq.ParquetWriter(folder / OUTCOMES, SCHEMA, compression="zstd") as table:
        for row, result in zip(_rows(manifest), found, strict=True):
            rows.append(_settle(row, result, writer))
            outcomes[rows[-1]["outcome"]] += 1
            if len(rows) == ROWS:
                table.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
                rows.clear()
        table.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
    return outcomes


def _rows(manifest: Path) -> Iterator[Row]:
    for row in read_rows(manifest, manifest, COLUMNS, COLUMNS):
        yield {name: text_of(row[name], MAX_ADDRESS + 1) for name in COLUMNS}


def _sort(rank: int, row: Row) -> Candidate | Rejection:
    """Make a candidate of a row; what it says becomes part of a path, so it must be of the right form."""
    url = row["url"]
    if url is None or len(url) > MAX_ADDRESS:
        return Rejection("rebuild", rank, "bad-address", None, url)
    right = re.fullmatch("[0-9a-f]{64}", row["id"] or "") and row["split"] in SPLITS
    if not right or row["label"] not in Label.__members__:
        return Rejection("rebuild", rank, "bad-row", None, url, "id, split or label is not as an export writes it")
    return Candidate("rebuild", rank, Label[row["label"]], "url_list", url)


def _settle(row: Row, result: Record | Rejection, writer: ImageFolder) -> dict[str, Any]:
    if isinstance(result, Rejection):
        return {**row, "outcome": result.reason, "detail": result.detail}
    if result.id != row["id"]:
        return {**row, "outcome": "changed", "found": result.id}
    picture = ExportedPicture(result.id, row["split"], Label[row["label"]], result.data, None, {})
    return {**row, "outcome": "same", "found": result.id, "file": writer.write(picture, result.data)}
