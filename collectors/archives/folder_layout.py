"""Labels and official splits by the names of folders, and how files with a label become candidates."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from collectors.archives.archive_settings import FolderLayout, LabelledSource
from collectors.http.signature import Unfit
from pipeline.records.record import Candidate, Rejection
from pipeline.storage.labels import Label


@dataclass(frozen=True, slots=True)
class ArchiveLabel:
    """What an archive says of a picture in it: by the folders around it, or in a table; or why that cannot be used.

    Without a ``label``, that is stated for all of the source.
    """

    label: Label | None = None
    split: str | None = None
    reason: str | None = None
    pair: str | None = None


def read_place(folders: tuple[str, ...], layout: FolderLayout, labelled: bool) -> ArchiveLabel:
    """Read what the folders on the way to a picture say. Where all are ``labelled`` alike, none tells a label.

    >>> read_place(("train", "Real"), FolderLayout(), False)
    ArchiveLabel(label=<Label.REAL: 0>, split='train', reason=None, pair=None)
    >>> read_place(("real", "fake"), FolderLayout(), False).reason
    'ambiguous-label'
    """
    names = {folder.casefold() for folder in folders}
    labels = [Label.REAL] * (layout.real.casefold() in names) + [Label.FAKE] * (layout.fake.casefold() in names)
    splits = [split for split in ("train", "val", "test") if getattr(layout, split).casefold() in names]
    if not labelled and len(labels) != 1:
        return ArchiveLabel(reason="ambiguous-label" if labels else "no-label")
    if len(splits) > 1:
        return ArchiveLabel(reason="ambiguous-split")
    return ArchiveLabel(None if labelled else labels[0], splits[0] if splits else None)


def folder_places(settings: LabelledSource) -> Callable[[str], ArchiveLabel]:
    """Make the function that reads a picture's place off the folders on its path."""
    labelled = settings.label is not None
    # Thousands of pictures share a folder.
    place = cache(lambda folder: read_place(PurePosixPath(folder).parts, settings.layout, labelled))
    return lambda path: place(path.rpartition("/")[0])


class Sorter:
    """Turns the files that an archive or a folder holds into candidates, or into rejections, ranks counted from 0.

    ``license`` is the one under which all of them are published.
    """

    def __init__(
        self,
        source: str,
        collector: str,
        address: Callable[[str], str],
        place: Callable[[str], ArchiveLabel],
        license: str | None = None,  # noqa: A002 - the record's name for it
    ) -> None:
        self._source = source
        self._collector = collector
        self._license = license
        self._address = address
        self._place = place
        self._rank = -1

    def sort(self, path: str, problem: Unfit | None) -> Candidate | Rejection:
        """Judge the next file by its path inside, which is split at slashes; ``problem`` rejects it."""
        place = self._place(path)
        if problem or place.reason:
            return self.reject(path, *(problem or (str(place.reason),)))
        self._rank += 1
        return Candidate(
            source=self._source,
            rank=self._rank,
            label=place.label,
            collector=self._collector,
            image_url=self._address(path),
            license=self._license,
            pair=place.pair,
            official_split=place.split,
        )

    def reject(self, path: str, reason: str, detail: str | None = None) -> Rejection:
        """Reject the next file."""
        self._rank += 1
        return Rejection(self._source, self._rank, reason, None, self._address(path), detail)
