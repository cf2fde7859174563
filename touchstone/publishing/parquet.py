"""Parquet as Hugging Face's ``datasets`` writes it: pictures as structs, and the features in the metadata."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.storage.labels import Label
from touchstone.publishing.exported_pictures import ExportedPicture, suffix_of

#: What is held back until it is written as one row group: bytes of pictures, or rows.
GROUP_BYTES, GROUP_ROWS = 4 * 2**20, 1_000

FEATURES = {
    "id": {"dtype": "string", "_type": "Value"},
    "image": {"_type": "Image"},
    "label": {"names": [label.name for label in Label], "_type": "ClassLabel"},
}
#: https://huggingface.co/docs/datasets/en/about_arrow: the features stand in the schema's metadata.
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("label", pa.int64()),
    ],
    metadata={"huggingface": json.dumps({"info": {"features": FEATURES}})},
)


class ParquetFile:
    """One file of rows (id, image, label)."""

    def __init__(self, path: Path) -> None:
        # Pictures are compressed already.
        self._writer = pq.ParquetWriter(
            path, SCHEMA, compression={"id": "zstd", "label": "zstd", "image.bytes": "none"}
        )
        self._rows: list[dict[str, Any]] = []
        self._bytes = 0

    def add(self, picture: ExportedPicture, data: bytes) -> None:
        """Take a picture."""
        image = {"bytes": data, "path": picture.id + suffix_of(data)}
        self._rows.append({"id": picture.id, "image": image, "label": int(picture.label)})
        self._bytes += len(data)
        if self._bytes >= GROUP_BYTES or len(self._rows) == GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=SCHEMA))
        self._rows, self._bytes = [], 0

    def close(self) -> None:
        """Write what is left, and the file's index."""
        if self._rows:
            self._flush()
        self._writer.close()
