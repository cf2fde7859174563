"""Pictures whose addresses somebody has listed, in CSV or Parquet: what img2dataset takes, and what is published."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from collectors.http.addresses import MAX_ADDRESS, AddressError, check_form
from collectors.http.context import CollectContext, Internet
from collectors.http.fetch import fetch_all
from collectors.lists.list_rows import read_rows, text_of
from collectors.lists.list_settings import UrlList
from pipeline.records.record import Candidate, Record, Rejection
from pipeline.runtime.errors import PathMissingError
from pipeline.runtime.paths import locate
from pipeline.storage.labels import Label


def collect(name: str, settings: UrlList, context: CollectContext) -> Iterator[Record | Rejection]:
    """Fetch the pictures of a list, row by row, ``rank`` being the row's number from 0.

    In the sandbox only its own addresses are loaded.

    Raises:
        PathMissingError: there is no such file.
        AddressListError: it cannot be read, or has no column of addresses.
    """
    path = locate(context.root, settings.path)
    if not path.is_file():
        raise PathMissingError(settings.path, "file", f"`sources.{name}.path` must name one")
    # A list that breaks off is found out before anything is fetched.
    columns = list(settings.columns.model_dump().values())
    deque(read_rows(path, settings.path, columns, [settings.columns.url]), maxlen=0)
    rows = read_rows(path, settings.path, columns, [settings.columns.url])
    found = (_sort(name, rank, row, settings, context) for rank, row in enumerate(rows))
    yield from fetch_all(found, context)


def _sort(
    source: str, rank: int, row: Mapping[str, Any], settings: UrlList, context: CollectContext
) -> Candidate | Rejection:
    columns, internet = settings.columns, context.internet
    url = text_of(row[columns.url], MAX_ADDRESS + 1)
    if url is None or len(url) > MAX_ADDRESS:
        return Rejection(source, rank, "bad-address", None, url)
    label = None if settings.label else _label(row.get(columns.label), settings)
    if label is None and not settings.label:
        return Rejection(source, rank, "no-label", None, url)
    if internet.local and not internet.owns(internet.current(url)):
        return Rejection(source, rank, "outside-sandbox", None, url)
    return Candidate(
        source=source,
        rank=rank,
        label=label,
        collector=settings.collector,
        image_url=internet.lasting(url),
        page_url=_page(row.get(columns.page_url), internet),
        title=text_of(row.get(columns.title)),
        license=text_of(row.get(columns.license)),
    )


def _page(value: Any, internet: Internet) -> str | None:
    """Return the address of the page that shows a picture. One that is no address of the web tells nothing."""
    url = text_of(value, MAX_ADDRESS + 1)
    if url is None or len(url) > MAX_ADDRESS:
        return None
    try:
        check_form(url)
    except AddressError:
        return None
    return internet.lasting(url)


def _label(value: Any, settings: UrlList) -> Label | None:
    text = (text_of(value) or "").casefold()
    return {settings.real.casefold(): Label.REAL, settings.fake.casefold(): Label.FAKE}.get(text)
