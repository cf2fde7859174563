"""Labels and twins by a table inside an archive: a csv that names files, and says of each what it is."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from collectors.archives.archive_settings import TableLayout
from collectors.archives.folder_layout import ArchiveLabel
from collectors.archives.zip_reader import Zip
from pipeline.runtime.errors import TableError
from pipeline.storage.labels import Label

#: Bytes of a table; 79,950 rows take 5 million.
MAX_TABLE = 64 * 2**20


class LabelTable:
    """What a table says of the files in its archive, by their path, and which of them it has been asked for."""

    def __init__(self, file: str, places: Mapping[str, ArchiveLabel]) -> None:
        self.file = file
        self._places = places
        self._asked: set[str] = set()

    def place(self, path: str) -> ArchiveLabel:
        """Look a file up."""
        self._asked.add(path)
        return self._places.get(path, ArchiveLabel(reason="not-in-table"))

    def missing(self) -> Iterator[str]:
        """Return the paths that nobody asked for, in the order of the table."""
        return (path for path in self._places if path not in self._asked)


def read_places(archive: Zip, layout: TableLayout) -> LabelTable:
    """Read the table of an archive. Its paths are relative to the folder that it lies in.

    Raises:
        TableError: there is none, or it lacks a column, or no row has a label.
    """
    address = archive.address(layout.file)
    content = archive.text(layout.file, MAX_TABLE)
    if content is None:
        others = ", ".join([entry.path for entry in archive.entries() if entry.path.lower().endswith(".csv")][:9])
        raise TableError(address, f"no such table, or it is damaged; in the archive: {others or 'none'}")
    folder = layout.file.rpartition("/")[0]
    places: dict[str, ArchiveLabel] = {}
    try:
        rows = csv.DictReader(StringIO(content, newline=""), strict=True)
        _check_columns(address, rows.fieldnames or [], layout)
        for row in rows:
            path = _path(folder, row[layout.path] or "")
            places[path] = ArchiveLabel(reason="listed-twice") if path in places else _place(row, address, layout)
    except csv.Error as error:
        raise TableError(address, f"it cannot be read after line {rows.line_num} ({error})") from error
    if not any(place.label is not None for place in places.values()):
        raise TableError(
            address, f"no row says {layout.real!r} (real) or {layout.fake!r} (fake) in column {layout.label!r}"
        )
    return LabelTable(layout.file, places)


def _check_columns(address: str, found: Sequence[str], layout: TableLayout) -> None:
    wanted = {"path": layout.path, "label": layout.label} | ({"index": layout.index} if layout.twins else {})
    for key, column in wanted.items():
        if column not in found:
            raise TableError(address, f"no column {column!r} (`table.{key}`); it has {', '.join(map(repr, found))}")


def _path(folder: str, path: str) -> str:
    path = path.strip().replace("\\", "/").removeprefix("./")
    return f"{folder}/{path}" if folder else path


def _place(row: Mapping[str, str | None], table: str, layout: TableLayout) -> ArchiveLabel:
    """Read one row of a table, known by its address. Row 2k and row 2k + 1 are twins."""
    said = (row[layout.label] or "").strip()
    label = {str(layout.real): Label.REAL, str(layout.fake): Label.FAKE}.get(said)
    if label is None:
        return ArchiveLabel(reason="no-label")
    if not layout.twins:
        return ArchiveLabel(label)
    index = (row[layout.index] or "").strip()
    if not (index.isascii() and index.isdigit() and len(index) < 19):
        return ArchiveLabel(reason="bad-index")
    return ArchiveLabel(label, pair=f"{table}#{int(index) // 2}")
