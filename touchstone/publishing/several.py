"""Pictures in a few large files per split, where one after the other is read."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from touchstone.publishing.exported_pictures import ExportedPicture

#: Bytes of originals that one file holds, about.
FILE_BYTES = 256 * 2**20


class OneFile(Protocol):
    """A file that takes pictures."""

    def add(self, picture: ExportedPicture, data: bytes) -> None:
        """Write a picture."""

    def close(self) -> None:
        """Finish the file."""


class Several:
    """Files named SPLIT-00000.SUFFIX.

    In which one a picture lies is drawn from its id: so each holds a fair sample of all sources and of both classes,
    and whoever reads the files in any order sees a mixture.
    """

    def __init__(
        self, folder: Path, sizes: Mapping[str, int], suffix: str, open_file: Callable[[Path], OneFile]
    ) -> None:
        self._folder, self._suffix, self._open_file = folder, suffix, open_file
        self._counts = {split: size // FILE_BYTES + 1 for split, size in sizes.items()}
        self._files: dict[str, OneFile] = {}

    def write(self, picture: ExportedPicture, data: bytes) -> str:
        """Write a picture; give the name of its file."""
        name = f"{picture.split}-{int(picture.id[:8], 16) % self._counts[picture.split]:05d}.{self._suffix}"
        if name not in self._files:
            self._files[name] = self._open_file(self._folder / name)
        self._files[name].add(picture, data)
        return name

    def close(self) -> None:
        """Finish all files."""
        for file in self._files.values():
            file.close()
