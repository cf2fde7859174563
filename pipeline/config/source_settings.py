"""What params.yaml may say of a source: one section per collector.

A setting is either part of what the source *is* (``Source.definition``: collector, query, path, limit), and what was
collected depends on it; or it is stated of the pictures by people (``Source.stated``: label, generator, license), and
is applied after collecting.

The settings stand here and not beside the collectors, so that a wrong value is found before anything runs, and so that
no stage after ``collect`` has to import a collector to know its sources.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from pipeline.config.google_filter_settings import Filters
from pipeline.runtime.errors import ParamsError, UnknownCollectorError, UnknownKeyError, nearest
from pipeline.runtime.section import Section, parse, require_mapping
from pipeline.statements.stated import Stated
from pipeline.storage.labels import Label, LabelName

Text = Annotated[str, Field(min_length=1)]


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


#: What people state of a source, and what is no part of what it is.
STATED = frozenset({"label", "generator", "license"})


class Source(Section):
    """What all sources share. ``generator`` names what made the pictures of a FAKE source, where that is known."""

    #: Whether collecting needs the internet, or the sandbox in its place.
    online: ClassVar[bool] = True

    #: Whether each picture is fetched over HTTP by itself, so that single ones may fail and be tried again.
    fetched: ClassVar[bool] = False

    #: Whether each picture may come with a licence of its own, so that a stated one is only for those without.
    licensed_singly: ClassVar[bool] = False

    collector: str
    license: Text | None = None
    generator: Text | None = None

    @property
    def stated_label(self) -> Label | None:
        """The label of all its pictures, None where each one is found with its own."""
        label: LabelName | None = getattr(self, "label", None)
        return None if label is None else Label[label]

    def stated(self) -> Stated:
        """Return what is stated of its pictures."""
        return Stated(self.stated_label, self.generator, self.license, self.licensed_singly)

    def definition(self) -> dict[str, Any]:
        """Return what the source is, as JSON takes it, without what is stated of it.

        What is as it would be anyway is left out, so that a later version with more settings gives the same. Whether
        labels are read with each picture or stated for all belongs to it, but not which one is stated.
        """
        settings = self.model_dump(mode="json", exclude=set(STATED), exclude_defaults=True)
        return settings | {"labels": "read" if self.stated_label is None else "stated"}

    def classes(self) -> frozenset[Label]:
        """Return which classes this source can give."""
        return frozenset(Label) if self.stated_label is None else frozenset({self.stated_label})


class Keyword(Source):
    """One keyword on Google Images: ``{collector: google_images, query: animals, label: REAL}``.

    ``thumbnails`` says when Google's small copies are taken: never, as ``fallback`` for pictures whose full size
    cannot be had, or in place of all. A record of one says so.
    """

    fetched: ClassVar[bool] = True
    collector: Literal["google_images"]
    query: Text
    label: LabelName
    limit: Annotated[int, Field(ge=1, le=10_000)] = 100
    filters: Filters = Filters()
    thumbnails: Literal["fallback", "only", "never"] = "never"

    def definition(self) -> dict[str, Any]:
        return super().definition() | {"limit": self.limit}


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


#: What is known of some data sets, by the name that Kaggle has for them; it need not stand in params.yaml.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "birdy654/cifake-real-and-ai-generated-synthetic-images": {
        "layout": {"real": "REAL", "fake": "FAKE", "train": "train", "test": "test"}
    },
    # Its test.csv has no labels: those pictures are rejected, as they are not in the table.
    "alessandrasala79/ai-vs-human-generated-dataset": {
        "table": {"file": "train.csv", "path": "file_name", "label": "label", "real": 0, "fake": 1, "twins": True}
    },
}


class KaggleDataset(Zipped):
    """One Kaggle data set: ``{collector: kaggle, dataset: owner/name, version: 4}``; without a version, the newest."""

    collector: Literal["kaggle"]
    dataset: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+/[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]
    version: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, content: Any) -> Any:
        if not isinstance(content, Mapping) or content.keys() & {"label", "layout", "table"}:
            return content
        name = content.get("dataset")
        return {**content, **PRESETS.get(name, {})} if isinstance(name, str) else content


class Archive(Zipped):
    """A zip that is already on disk: ``{collector: archive, path: downloads/archive.zip}``."""

    online: ClassVar[bool] = False
    collector: Literal["archive"]
    path: Text


class Folder(LabelledSource):
    """A folder of pictures: ``{collector: folder, path: photos, label: REAL}``."""

    online: ClassVar[bool] = False
    collector: Literal["folder"]
    path: Text


class Columns(Section):
    """The columns of a list of addresses. All but the first may be missing."""

    url: Text = "url"
    label: Text = "label"
    title: Text = "title"
    license: Text = "license"
    page_url: Text = "page_url"


class UrlList(Source):
    """A list of addresses, CSV or Parquet: ``{collector: url_list, path: lists/photos.parquet, label: REAL}``.

    ``label`` stands for all rows; without it, each row has its own, spelt as ``real`` and ``fake`` say, upper or lower
    case alike.
    """

    fetched: ClassVar[bool] = True
    licensed_singly: ClassVar[bool] = True
    collector: Literal["url_list"]
    path: Text
    label: LabelName | None = None
    columns: Columns = Columns()
    real: Text = "REAL"
    fake: Text = "FAKE"


#: Every kind of source, by the name of its collector.
SOURCES: dict[str, type[Source]] = {
    "google_images": Keyword,
    "kaggle": KaggleDataset,
    "archive": Archive,
    "folder": Folder,
    "url_list": UrlList,
}


def parse_source(file: str, name: str, content: Any) -> Source:
    """Turn one entry under ``sources:`` into its settings.

    Raises:
        ParamsError: or one of its branches.
    """
    key = f"sources.{name}"
    collector = require_mapping(file, key, content).get("collector")
    if collector is None:
        for misspelt in content:
            if nearest(misspelt, ["collector"]) and misspelt != "collector":
                raise UnknownKeyError(file, f"{key}.{misspelt}", Source.model_fields)
        raise ParamsError(file, f"{key}.collector", f"is missing; known: {', '.join(SOURCES)}")
    if not isinstance(collector, str) or collector not in SOURCES:
        raise UnknownCollectorError(file, f"{key}.collector", collector, SOURCES)
    return parse(SOURCES[collector], file, content, key)
