"""Folders for FiftyOne: one ``FiftyOneImageClassificationDataset`` per split.

https://docs.voxel51.com/user_guide/import_datasets.html#fiftyoneimageclassificationdataset
"""

import json
from io import TextIOBase
from pathlib import Path

from pipeline.storage.labels import Label
from touchstone.publishing.exported_pictures import ExportedPicture, suffix_of


class FiftyOne:
    """Files SPLIT/data/ID.jpg, and SPLIT/labels.json with the number of each one's class."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._labels: dict[str, TextIOBase] = {}

    def write(self, picture: ExportedPicture, data: bytes) -> str:
        """Write a picture; give its file."""
        name = f"{picture.split}/data/{picture.id}{suffix_of(data)}"
        first = picture.split not in self._labels
        if first:
            (self._folder / name).parent.mkdir(parents=True)
            labels = (self._folder / picture.split / "labels.json").open("w", encoding="utf-8")
            labels.write(f'{{"classes": {json.dumps([label.name for label in Label])}, "labels": {{')
            self._labels[picture.split] = labels
        (self._folder / name).write_bytes(data)
        self._labels[picture.split].write(f'{"" if first else ","}\n"{picture.id}": {int(picture.label)}')
        return name

    def close(self) -> None:
        """Finish the lists of labels."""
        for labels in self._labels.values():
            labels.write("\n}}\n")
            labels.close()
