"""The sandbox's pictures: what is there, under which words it is found, and what is wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

#: What the picture's host does instead of, or besides, serving it.
Fault = Literal["none", "missing", "reset"]

SCHEMA = pa.schema(
    [
        ("topic", pa.string()),
        ("name", pa.string()),
        ("content_type", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("title", pa.string()),
        ("page_url", pa.string()),
        ("fault", pa.string()),
        ("data", pa.binary()),
        ("thumbnail", pa.binary()),
    ]
)

PICTURES = "pictures.parquet"
ARCHIVE = "archive.zip"


@dataclass(frozen=True, slots=True)
class ListedPicture:
    """One picture as a search finds it. ``name`` is unique; ``data`` may be broken, and ``fault`` may keep it away.

    ``width`` and ``height`` are those of the picture as it should be; ``thumbnail`` is a small JPEG.
    """

    topic: str
    name: str
    content_type: str
    width: int
    height: int
    title: str
    page_url: str
    fault: Fault
    data: bytes
    thumbnail: bytes


class PicturePool:
    """All pictures of a built sandbox, and the archive that its Kaggle serves."""

    def __init__(self, folder: Path) -> None:
        rows: list[dict[str, Any]] = pq.read_table(folder / PICTURES).to_pylist()
        self.by_name = {row["name"]: ListedPicture(**row) for row in rows}
        self.by_topic: dict[str, list[ListedPicture]] = {}
        for picture in self.by_name.values():
            self.by_topic.setdefault(picture.topic, []).append(picture)
        self.archive = folder / ARCHIVE


def write_pictures(folder: Path, pictures: Iterable[ListedPicture]) -> None:
    """Write the pictures of a sandbox into a folder."""
    rows = [{name: getattr(picture, name) for name in SCHEMA.names} for picture in pictures]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), folder / PICTURES)
