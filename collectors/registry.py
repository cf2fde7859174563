"""All collectors, in plain sight: what one is for, its settings, its function, and what is told of it.

Settings and functions are named as MODULE:NAME and imported once a source needs them: a collector brings a browser's
driver or a parser along, and reading params.yaml should not take longer for collectors that nothing uses.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Collector:
    """A kind of source.

    ``name`` stands in params.yaml, under ``collector``. ``settings`` is a subclass of ``Source`` in
    collectors/source_settings.py, ``collect`` a function as in collectors/gathering/find_pictures.py.
    ``description`` says in a few words what it gives, ``asks`` names the setting that says what it is asked for, and
    ``method`` is the term of Croissant's RAI vocabulary for such a collection. A ``caveat`` is what cards say that a
    source of this kind holds, where that makes it a biased sample.
    ``online``: it needs the internet, or the sandbox in its place. ``fetched``: each picture is fetched over HTTP by
    itself, so that single ones may fail and be tried again. ``licensed_singly``: each picture may come with a licence
    of its own, so that a stated one is only for those without.
    """

    name: str
    settings: str
    collect: str
    description: str
    asks: str
    method: Literal["Web Scraping", "Secondary Data Analysis"]
    caveat: str | None = None
    online: bool = True
    fetched: bool = False
    licensed_singly: bool = False


COLLECTORS = (
    Collector(
        name="google_images",
        settings="collectors.google.google_settings:Keyword",
        collect="collectors.google.google_images:collect",
        description="what Google Images finds for a keyword",
        asks="query",
        method="Web Scraping",
        caveat="what a search engine showed for a keyword, at that time and place: no sample of photographs, or of "
        "generated pictures",
        fetched=True,
    ),
    Collector(
        name="kaggle",
        settings="collectors.kaggle.kaggle_settings:KaggleDataset",
        collect="collectors.kaggle.kaggle_collector:collect",
        description="a data set of Kaggle",
        asks="dataset",
        method="Secondary Data Analysis",
    ),
    Collector(
        name="archive",
        settings="collectors.archives.archive_settings:Archive",
        collect="collectors.archives.archive:collect",
        description="the pictures in a zip on disk",
        asks="path",
        method="Secondary Data Analysis",
        online=False,
    ),
    Collector(
        name="folder",
        settings="collectors.archives.archive_settings:Folder",
        collect="collectors.archives.folder:collect",
        description="the pictures in a folder",
        asks="path",
        method="Secondary Data Analysis",
        online=False,
    ),
    Collector(
        name="url_list",
        settings="collectors.lists.list_settings:UrlList",
        collect="collectors.lists.url_list:collect",
        description="the pictures at a list of addresses",
        asks="path",
        method="Web Scraping",
        fetched=True,
        licensed_singly=True,
    ),
)


def find_collector(name: str) -> Collector:
    """Look a collector up by its name; ``KeyError`` where there is none."""
    return _BY_NAME[name]


_BY_NAME = {collector.name: collector for collector in COLLECTORS}
