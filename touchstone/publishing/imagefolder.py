"""One file per picture, in folders by split and class: what Keras, Hugging Face and torchvision read."""

from pathlib import Path

from pipeline.storage.labels import Label
from touchstone.publishing.exported_pictures import ExportedPicture, suffix_of

#: Loaders number classes by the alphabetical order of their folders: that is our order then.
FOLDERS = {label: f"{label.value}_{label.name.lower()}" for label in Label}


class ImageFolder:
    """Files SPLIT/0_real/ID.jpg and SPLIT/1_fake/ID.jpg."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, picture: ExportedPicture, data: bytes) -> str:
        """Write a picture; give its file."""
        name = f"{picture.split}/{FOLDERS[picture.label]}/{picture.id}{suffix_of(data)}"
        (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(data)
        return name

    def close(self) -> None:
        """Leave all as it is."""
