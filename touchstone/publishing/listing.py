"""The list beside an export: one row per picture of the splits, those included that are not handed on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from touchstone.publishing.exported_pictures import ExportedPicture

LIST = "manifest.parquet"

#: ``file`` holds the picture, None where ``withheld`` says why it is left out; ``id`` is the sha256 of its bytes.
#: ``url``, ``label``, ``title`` and ``license`` are what the collector ``url_list`` reads.
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("url", pa.string(), nullable=False),
        pa.field("page_url", pa.string()),
        pa.field("title", pa.string()),
        pa.field("license", pa.string()),
        pa.field("author", pa.string()),
        pa.field("attribution", pa.string()),
        pa.field("generator", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("file", pa.string()),
        pa.field("withheld", pa.string()),
    ]
)

#: Rows that are held until they are written.
ROWS = 10_000


class List:
    """Takes rows one by one."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer, self._rows = writer, list[dict[str, Any]]()

    def add(self, picture: ExportedPicture, file: str | None) -> None:
        """Enter a picture, and the file that holds it."""
        own = {"id": picture.id, "split": picture.split, "label": picture.label.name, "withheld": picture.withheld}
        self._rows.append(picture.known | own | {"file": file})
        if len(self._rows) == ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the rows that are held."""
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=SCHEMA))
        self._rows = []


@contextmanager
def writing_list(folder: Path) -> Iterator[List]:
    """Write the list of a folder; it is whole when the block has ended."""
    with pq.ParquetWriter(folder / LIST, SCHEMA, compression="zstd") as writer:
        rows = List(writer)
        yield rows
        rows.flush()
