"""The record: a fetched picture with all that is known of where it came from. One dataclass, one Arrow schema.

A record is known by (source, rank), its place among what the source found. Its ``id`` names the picture: the same
bytes found twice give two records with one id. A shard holds what was found, and nothing that params.yaml says of a
source: not its name, which is the folder's, and not the label, generator and licence that people state for all of it
(``pipeline.statements.stated`` applies these). The original file name lives in ``image_url`` and goes no further,
because names tell labels (in CIFAKE the zero-padding alone does).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Self

import pyarrow as pa

from pipeline.storage.columns import (
    GENERATOR,
    ID,
    LABEL,
    OFFICIAL_SPLIT,
    PAIR,
    RANK,
    REASON,
    SOURCE,
    Column,
    TableDefinition,
)
from pipeline.storage.labels import Label

#: Official splits that a data set may bring along.
OFFICIAL_SPLITS = ("train", "val", "test")

HTTP_TYPE = pa.struct(
    [
        ("status", pa.int16()),
        ("content_type", pa.string()),
        ("etag", pa.string()),
        ("final_url", pa.string()),
        ("opt_out", pa.string()),
    ]
)

HTTP_NAMES = [each.name for each in HTTP_TYPE]

DETAIL = Column("detail", pa.string(), "why, for people")
IMAGE_URL = Column("image_url", pa.string(), "where the picture was found; a file's place in its archive or folder")

RECORDS = TableDefinition(
    "datasets/collected/SOURCE/shard-NNNNN.parquet",
    "a picture that was collected; its source is the folder's name",
    (
        ID.must(),
        Column(
            "image",
            pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
            "the original bytes, in the struct that the Hugging Face `Image` feature reads; `path` is null",
            required=True,
        ),
        LABEL.named("label", "0 REAL, 1 FAKE, as found with the picture; null where only params.yaml states it"),
        RANK.must(),
        Column("collector", pa.string(), "which collector found it", required=True),
        Column("query", pa.string(), "the keyword that was searched for"),
        IMAGE_URL.must(),
        Column("page_url", pa.string(), "the page that shows it"),
        Column("title", pa.string(), "its title there"),
        Column("fetched_at", pa.timestamp("us", tz="UTC"), "when its bytes came", required=True),
        Column("http", HTTP_TYPE, "what the server said: status, content type, ETag, final address, opt-out"),
        Column("license", pa.string(), "its licence, as found with the picture"),
        Column("author", pa.string(), "who made it, as found with the picture"),
        GENERATOR.named("generator", "what made an AI-generated picture, as found with it"),
        PAIR,
        OFFICIAL_SPLIT,
        Column("found_by", pa.string(), "the rule that read it off a page"),
        Column("thumbnail", pa.bool_(), "whether it is a small copy, not the picture itself", required=True),
    ),
)

RECORD_SCHEMA = RECORDS.schema

REJECTED = TableDefinition(
    "datasets/screened/SOURCE/rejected.parquet",
    "a record that was dropped",
    (SOURCE.must(), RANK.must(), ID, IMAGE_URL, REASON.must(), DETAIL),
)

REJECTED_SCHEMA = REJECTED.schema

#: What is known of a candidate besides what a rejection says.
_KNOWN = [
    "label",
    "collector",
    "query",
    "page_url",
    "title",
    "license",
    "author",
    "generator",
    "pair",
    "official_split",
    "found_by",
    "thumbnail",
]

UNFETCHED = TableDefinition(
    "datasets/collected/SOURCE/rejected.parquet",
    "a candidate that could not be fetched, with all that is needed to try again",
    (
        *(column for column in REJECTED.columns if column.name != "source"),
        *(RECORDS.column(name).may() for name in _KNOWN),
    ),
)

UNFETCHED_SCHEMA = UNFETCHED.schema


LAST_SEEN = TableDefinition(
    "datasets/collected/SOURCE/seen.parquet",
    "a picture that a later search found once more",
    (RANK.must(), Column("last_seen", pa.timestamp("us", tz="UTC"), "when it was found last", required=True)),
)


@dataclass(frozen=True, slots=True)
class Http:
    """What the server said of the picture. ``opt_out``: the words with which it forbids use by machine learning."""

    status: int
    content_type: str | None
    etag: str | None
    final_url: str
    opt_out: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a collector found: an address, and what is known of the picture before it is fetched.

    ``label``, ``license`` and ``generator`` are what the place says where it was found, None where it says nothing.
    ``found_by`` names the rule that read it off a page; ``thumbnail``: it is a small copy, not the picture itself.
    """

    source: str
    rank: int
    label: Label | None
    collector: str
    image_url: str
    query: str | None = None
    page_url: str | None = None
    title: str | None = None
    license: str | None = None
    author: str | None = None
    generator: str | None = None
    pair: str | None = None
    official_split: str | None = None
    found_by: str | None = None
    thumbnail: bool = False

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a candidate from a row of RECORD_SCHEMA or UNFETCHED_SCHEMA, with its ``source``."""
        label = None if row["label"] is None else Label(row["label"])
        return cls(**{each.name: row[each.name] for each in fields(cls)} | {"label": label})


@dataclass(frozen=True, slots=True)
class Record:
    """A candidate that was fetched: the original bytes, when, and over what."""

    candidate: Candidate
    data: bytes
    fetched_at: datetime
    http: Http | None = None

    @property
    def id(self) -> str:
        """The picture's name everywhere: sha256 of the original bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a record from a row of RECORD_SCHEMA, with its ``source``."""
        http = None if row["http"] is None else Http(**row["http"])
        return cls(Candidate.from_row(row), row["image"]["bytes"], row["fetched_at"], http)

    def row(self) -> dict[str, Any]:
        """Return the record as one row of RECORD_SCHEMA."""
        found = self.candidate
        return {
            "id": self.id,
            "image": {"bytes": self.data, "path": None},
            "label": _number(found.label),
            "rank": found.rank,
            "collector": found.collector,
            "query": found.query,
            "image_url": found.image_url,
            "page_url": found.page_url,
            "title": found.title,
            "fetched_at": self.fetched_at.astimezone(UTC),
            "http": None if self.http is None else {name: getattr(self.http, name) for name in HTTP_NAMES},
            "license": found.license,
            "author": found.author,
            "generator": found.generator,
            "pair": found.pair,
            "official_split": found.official_split,
            "found_by": found.found_by,
            "thumbnail": found.thumbnail,
        }


@dataclass(frozen=True, slots=True)
class Rejection:
    """A candidate or record that was dropped, and the one word why.

    ``reason`` is a short hyphenated word that reports count by; ``detail`` is for people. ``candidate`` is there when
    it could not be fetched.
    """

    source: str
    rank: int
    reason: str
    id: str | None = None
    image_url: str | None = None
    detail: str | None = None
    candidate: Candidate | None = field(default=None, repr=False, compare=False)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a rejection from a row of UNFETCHED_SCHEMA, with its ``source``."""
        candidate = None if row["collector"] is None else Candidate.from_row(row)
        return cls(**{name: row[name] for name in REJECTED_SCHEMA.names}, candidate=candidate)

    def row(self) -> dict[str, Any]:
        """Return the rejection as one row of REJECTED_SCHEMA, or of UNFETCHED_SCHEMA if there is a candidate."""
        row = {name: getattr(self, name) for name in REJECTED_SCHEMA.names}
        if self.candidate is None:
            return row
        return (
            row | {name: getattr(self.candidate, name) for name in _KNOWN} | {"label": _number(self.candidate.label)}
        )


def _number(label: Label | None) -> int | None:
    return None if label is None else int(label)


def reject(candidate: Candidate, reason: str, detail: str | None = None) -> Rejection:
    """Drop a candidate that could not be fetched."""
    return Rejection(candidate.source, candidate.rank, reason, None, candidate.image_url, detail, candidate)
