"""Tar archives as the ``webdataset`` library reads them: files of one name belong together."""

import io
import json
import tarfile
from pathlib import Path

from touchstone.publishing.exported_pictures import ExportedPicture, suffix_of


class TarFile:
    """Of each picture ID.jpg, ID.cls with the label's number, and ID.json with what is known of it."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path, "w")  # noqa: SIM115 - it stays open until close()

    def add(self, picture: ExportedPicture, data: bytes) -> None:
        """Write a picture."""
        known = json.dumps({"id": picture.id, "label": picture.label.name, **picture.known}, ensure_ascii=False)
        files = {suffix_of(data): data, ".cls": str(int(picture.label)).encode(), ".json": known.encode()}
        for suffix, content in files.items():
            # Its other facts, such as the time, stay at zero: the same pictures give the same archive.
            entry = tarfile.TarInfo(picture.id + suffix)
            entry.size = len(content)
            self._tar.addfile(entry, io.BytesIO(content))

    def close(self) -> None:
        """Finish the archive."""
        self._tar.close()
