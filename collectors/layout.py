"""Labels and official splits by the names of folders, which is how archives and folders of pictures carry them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from pipeline.parts.labels import Label
from pipeline.parts.record import Candidate, Rejection
from pipeline.parts.sources import FolderLayout, Labelled


@dataclass(frozen=True, slots=True)
class Place:
    """What the folders around a picture say of it, or why that cannot be used."""

    label: Label | None = None
    split: str | None = None
    reason: str | None = None


def read_place(folders: tuple[str, ...], layout: FolderLayout, label: Label | None) -> Place:
    """Read what the folders on the way to a picture say. ``label`` stands for all pictures where it is given.

    >>> read_place(("train", "Real"), FolderLayout(), None)
    Place(label=<Label.REAL: 0>, split='train', reason=None)
    >>> read_place(("real", "fake"), FolderLayout(), None).reason
    'ambiguous-label'
    """
    names = {folder.casefold() for folder in folders}
    labels = [Label.REAL] * (layout.real.casefold() in names) + [Label.FAKE] * (layout.fake.casefold() in names)
    splits = [split for split in ("train", "val", "test") if getattr(layout, split).casefold() in names]
    if label is not None:
        labels = [label]
    if len(labels) != 1:
        return Place(reason="ambiguous-label" if labels else "no-label")
    if len(splits) > 1:
        return Place(reason="ambiguous-split")
    return Place(labels[0], splits[0] if splits else None)


class Sorter:
    """Turns the files that an archive or a folder holds into candidates, or into rejections, ranks counted from 0."""

    def __init__(self, source: str, settings: Labelled, address: Callable[[str], str]) -> None:
        self._source = source
        self._settings = settings
        self._address = address
        self._rank = -1
        label = None if settings.label is None else Label[settings.label]
        # Thousands of pictures share a folder.
        self._place = cache(lambda folder: read_place(PurePosixPath(folder).parts, settings.layout, label))

    def sort(self, path: str, problem: str | None) -> Candidate | Rejection:
        """Judge the next file by its path inside, which is split at slashes; ``problem`` rejects it."""
        self._rank += 1
        image_url = self._address(path)
        place = Place(reason=problem) if problem else self._place(path.rpartition("/")[0])
        if place.label is None:
            return Rejection(self._source, self._rank, place.reason or "no-label", None, image_url)
        return Candidate(
            source=self._source,
            rank=self._rank,
            label=place.label,
            collector=self._settings.collector,
            image_url=image_url,
            license=self._settings.license,
            generator=self._settings.generator if place.label is Label.FAKE else None,
            official_split=place.split,
        )
