"""Pictures whose addresses somebody has listed, in CSV or Parquet: what img2dataset takes, and what is published."""

import csv
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from collectors.addresses import MAX_ADDRESS, AddressError, check_form
from collectors.fetch import fetch_all
from collectors.surroundings import Internet, Surroundings
from pipeline.parts.errors import AddressListError, PathMissingError
from pipeline.parts.labels import Label
from pipeline.parts.record import Candidate, Record, Rejection
from pipeline.parts.sources import UrlList

#: Letters of a title or licence that are kept.
MAX_TEXT = 2_000


def collect(name: str, settings: UrlList, around: Surroundings) -> Iterator[Record | Rejection]:
    """Fetch the pictures of a list, row by row, ``rank`` being the row's number from 0.

    In the sandbox only its own addresses are loaded.

    Raises:
        PathMissingError: there is no such file.
        AddressListError: it cannot be read, or has no column of addresses.
    """
    path = around.root / settings.path
    if not path.is_file():
        raise PathMissingError(settings.path, "file", f"`sources.{name}.path` must name one")
    # A list that breaks off is found out before anything is fetched.
    deque(_rows(path, settings), maxlen=0)
    found = (_sort(name, rank, row, settings, around) for rank, row in enumerate(_rows(path, settings)))
    yield from fetch_all(found, around)


def _rows(path: Path, settings: UrlList) -> Iterator[Mapping[str, Any]]:
    """Give the rows, all columns of no interest left out."""
    wanted = list(settings.columns.model_dump().values())
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    rows = _parquet_rows if is_parquet else _csv_rows
    try:
        for row in rows(path, wanted):
            if settings.columns.url not in row:
                raise AddressListError(settings.path, f"no column {settings.columns.url!r}")
            yield row
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise AddressListError(settings.path, f"cannot be read ({' '.join(str(error).split())[:200]})") from error


def _parquet_rows(path: Path, wanted: list[str]) -> Iterator[Mapping[str, Any]]:
    with pq.ParquetFile(path) as file:
        columns = [name for name in wanted if name in file.schema_arrow.names]
        if not columns:
            yield {}
        for batch in file.iter_batches(columns=columns):
            yield from batch.to_pylist()


def _csv_rows(path: Path, wanted: list[str]) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            yield {name: row[name] for name in wanted if name in row}


def _sort(
    source: str, rank: int, row: Mapping[str, Any], settings: UrlList, around: Surroundings
) -> Candidate | Rejection:
    columns, internet = settings.columns, around.internet
    url = _text(row[columns.url], MAX_ADDRESS + 1)
    if url is None or len(url) > MAX_ADDRESS:
        return Rejection(source, rank, "bad-address", None, url)
    label = Label[settings.label] if settings.label else _label(row.get(columns.label), settings)
    if label is None:
        return Rejection(source, rank, "no-label", None, url)
    if internet.loopback and not internet.owns(internet.current(url)):
        return Rejection(source, rank, "outside-sandbox", None, url)
    return Candidate(
        source=source,
        rank=rank,
        label=label,
        collector=settings.collector,
        image_url=internet.lasting(url),
        page_url=_page(row.get(columns.page_url), internet),
        title=_text(row.get(columns.title)),
        license=_text(row.get(columns.license)) or settings.license,
        generator=settings.generator if label is Label.FAKE else None,
    )


def _page(value: Any, internet: Internet) -> str | None:
    """Give the address of the page that shows a picture. One that is no address of the web tells nothing."""
    url = _text(value, MAX_ADDRESS + 1)
    if url is None or len(url) > MAX_ADDRESS:
        return None
    try:
        check_form(url)
    except AddressError:
        return None
    return internet.lasting(url)


def _label(value: Any, settings: UrlList) -> Label | None:
    text = (_text(value) or "").casefold()
    return {settings.real.casefold(): Label.REAL, settings.fake.casefold(): Label.FAKE}.get(text)


def _text(value: Any, longest: int = MAX_TEXT) -> str | None:
    """Give what a cell says; None when it is empty."""
    if value is None or isinstance(value, bytes | list | dict):
        return None
    return str(value).strip().encode("utf-8", "replace").decode()[:longest] or None
