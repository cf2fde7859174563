"""Pictures in a zip that is on disk, read without unpacking it: labelled by folder names, or by a table in the zip."""

from collections.abc import Iterator
from datetime import UTC, datetime

from collectors.archives.archive_settings import Archive, Zipped
from collectors.archives.folder_layout import Sorter, folder_places
from collectors.archives.label_table import read_places
from collectors.archives.zip_reader import ArchiveEntry, Zip, ZipOnDisk
from collectors.http.context import CollectContext
from pipeline.records.record import Record, Rejection, reject
from pipeline.runtime.errors import PathMissingError
from pipeline.runtime.paths import locate


def collect(name: str, settings: Archive, context: CollectContext) -> Iterator[Record | Rejection]:
    """Read the pictures in a zip, in the order of its directory.

    ``image_url`` is the zip's path as in params.yaml, ``!/``, and the path inside. ``fetched_at`` is the zip's own
    date, so that reading it again gives the same records.

    Raises:
        PathMissingError: there is no such file.
        ArchiveError: or one of its branches: the file is not a zip that can be read, or is a bomb.
        TableError: the table that params.yaml names cannot be read.
    """
    path = locate(context.root, settings.path)
    if not path.is_file():
        raise PathMissingError(settings.path, "file", f"`sources.{name}.path` must name a zip")
    dated = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    yield from read_zip(name, settings, ZipOnDisk(path, settings.path, dated), context.fetching.max_bytes)


def read_zip(
    source: str,
    settings: Zipped,
    found: ZipOnDisk,
    max_bytes: int,
    license: str | None = None,  # noqa: A002 - the record's name for it
) -> Iterator[Record | Rejection]:
    """Return one record or rejection for every file in a zip, and a rejection for what a table lists and is not there.

    All are published under one ``license``, where there is one.

    Raises:
        ArchiveError: or one of its branches.
        TableError: the table cannot be read.
    """
    with Zip(found, max_bytes) as archive:
        table = None if settings.table is None else read_places(archive, settings.table)
        place = folder_places(settings) if table is None else table.place
        sorter = Sorter(source, settings.collector, archive.address, place, license)
        for entry in archive.entries():
            if table is None or entry.path != table.file:
                yield _read(archive, entry, sorter, found.dated)
        for path in () if table is None else table.missing():
            yield sorter.reject(path, "missing-entry")


def _read(archive: Zip, entry: ArchiveEntry, sorter: Sorter, dated: datetime) -> Record | Rejection:
    candidate = sorter.sort(entry.path, entry.problem)
    if isinstance(candidate, Rejection):
        return candidate
    data = archive.read(entry)
    if data:
        return Record(candidate, data, dated)
    return reject(candidate, "corrupt-entry" if data is None else "empty")
