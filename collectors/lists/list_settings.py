"""What params.yaml may say of a list of addresses."""

from pathlib import Path

from collectors.source_settings import Source, Text, require_file
from pipeline.runtime.section import Section
from pipeline.storage.labels import LabelName


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

    path: Text
    label: LabelName | None = None
    columns: Columns = Columns()
    real: Text = "REAL"
    fake: Text = "FAKE"

    def check(self, name: str, root: Path) -> None:
        require_file(self.path, root, name)
