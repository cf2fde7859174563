"""What params.yaml may say of pictures in folders and zips: how they are labelled, and where they lie."""

import os
from pathlib import Path
from typing import Self

from pydantic import model_validator

from collectors.source_settings import Source, Text, require_file
from pipeline.runtime.errors import NothingFoundError, PathMissingError
from pipeline.runtime.paths import PARAMS, locate
from pipeline.runtime.section import Section
from pipeline.storage.labels import LabelName


class FolderLayout(Section):
    """Labels and official splits by the names of folders, upper or lower case alike."""

    real: Text = "REAL"
    fake: Text = "FAKE"
    train: Text = "train"
    val: Text = "val"
    test: Text = "test"


class TableLayout(Section):
    """Labels by a csv inside the archive, ``file``, whose paths are relative to the folder that it lies in.

    ``real`` and ``fake`` are what the column ``label`` says of each class. With ``twins``, the rows 2k and 2k + 1 by
    the column ``index`` (by default one without a name, as pandas writes it) show the same thing, real and fake, and
    are never divided between training and test.
    """

    file: Text = "train.csv"
    path: Text = "path"
    label: Text = "label"
    real: str | int = 0
    fake: str | int = 1
    index: str = ""
    twins: bool = False

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if str(self.real) == str(self.fake):
            raise ValueError("`real` and `fake` must differ")
        return self


class LabelledSource(Source):
    """Pictures in folders: labelled by folder names, or all of one class when ``label`` says so."""

    label: LabelName | None = None
    layout: FolderLayout = FolderLayout()

    def explain_no_label(self, name: str) -> str:
        """Describe what to do where nothing tells which class the pictures of the source ``name`` are of."""
        return (
            f"sources.{name}: no picture lies in a folder named {self.layout.real} or {self.layout.fake}, so nothing "
            "says what they are; set `label: REAL` or `label: FAKE` for all of them, or name the folders in "
            "`layout: {real: ..., fake: ...}`"
        )


class Zipped(LabelledSource):
    """Pictures in a zip: as in folders, or labelled by a table that lies in it."""

    table: TableLayout | None = None

    @model_validator(mode="after")
    def _one_layout(self) -> Self:
        if self.table and self.model_fields_set & {"label", "layout"}:
            raise ValueError("takes one of `table`, `layout` and `label`")
        return self


class Archive(Zipped):
    """A zip that is already on disk: ``{collector: archive, path: downloads/archive.zip}``."""

    path: Text

    def check(self, name: str, root: Path) -> None:
        require_file(self.path, root, name)


class Folder(LabelledSource):
    """A folder of pictures: ``{collector: folder, path: photos, label: REAL}``."""

    path: Text

    def check(self, name: str, root: Path) -> None:
        place = locate(root, self.path)
        if not place.is_dir():
            raise PathMissingError(self.path, "folder", f"`sources.{name}.path` in {PARAMS} must name one")
        wanted = {self.layout.real.casefold(), self.layout.fake.casefold()}
        folders = (each.casefold() for _, names, _ in os.walk(place) for each in names)
        if self.label is None and not any(each in wanted for each in folders):
            raise NothingFoundError(self.explain_no_label(name))
