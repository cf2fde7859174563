"""The formats that pictures are handed on in, in plain sight.

A writer takes pictures one by one, says in which file of the export each lies, and holds no more than a few of them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from touchstone.publishing.exported_pictures import ExportedPicture


class Writer(Protocol):
    """What every format has."""

    def write(self, picture: ExportedPicture, data: bytes) -> str:
        """Write a picture; give the file that holds it, relative to the export."""

    def close(self) -> None:
        """Finish all files."""


#: Opens a writer in a folder. The mapping gives the bytes of all originals of each split.
Opener = Callable[[Path, Mapping[str, int]], Writer]


def _imagefolder(folder: Path, _: Mapping[str, int]) -> Writer:
    from touchstone.publishing.imagefolder import ImageFolder

    return ImageFolder(folder)


def _parquet(folder: Path, sizes: Mapping[str, int]) -> Writer:
    from touchstone.publishing.parquet import ParquetFile
    from touchstone.publishing.several import Several

    return Several(folder, sizes, "parquet", ParquetFile)


def _webdataset(folder: Path, sizes: Mapping[str, int]) -> Writer:
    from touchstone.publishing.several import Several
    from touchstone.publishing.webdataset import TarFile

    return Several(folder, sizes, "tar", TarFile)


def _tfrecord(folder: Path, sizes: Mapping[str, int]) -> Writer:
    from touchstone.publishing.several import Several
    from touchstone.publishing.tfrecord import RecordFile

    return Several(folder, sizes, "tfrecord", RecordFile)


def _fiftyone(folder: Path, _: Mapping[str, int]) -> Writer:
    from touchstone.publishing.fiftyone import FiftyOne

    return FiftyOne(folder)


FORMATS: dict[str, Opener] = {
    "imagefolder": _imagefolder,
    "parquet": _parquet,
    "webdataset": _webdataset,
    "tfrecord": _tfrecord,
    "fiftyone": _fiftyone,
}
