"""What is known of the original files besides their pixels: one row per picture of a split."""

import re
from collections.abc import Sequence
from typing import get_args
from urllib.parse import unquote, urlsplit

import pandas as pd
import pyarrow as pa

from pipeline.auditing.audit_settings import Attribute
from pipeline.records.shards import read_shard, shard_paths
from pipeline.runtime.paths import Paths
from pipeline.storage.tables import read_table

#: Everything that is asked for the label. The first ones are measured while screening.
ATTRIBUTES: tuple[str, ...] = get_args(Attribute)
MEASURED = ATTRIBUTES[: ATTRIBUTES.index("aspect")]

KEY = ["source", "rank"]

#: Longer names are cut: a shape is for telling conventions apart.
LONGEST = 60


def read_attributes(paths: Paths, rows: pd.DataFrame, sources: Sequence[str]) -> pd.DataFrame:
    """Join to the rows of a split, known by source and rank, the ``ATTRIBUTES`` of their original files.

    Raises:
        StageMissingError: a source is not collected or screened.
    """
    screened = [
        read_table(paths.screened(source) / "manifest.parquet", f"screen@{source}", [*KEY, *MEASURED])
        for source in sources
    ]
    known = rows.merge(pa.concat_tables(screened).to_pandas(), on=KEY, validate="one_to_one")
    known = known.merge(_read_origins(paths, sources), on=KEY, validate="one_to_one")
    return known.assign(
        aspect=known["width"] / known["height"],
        bytes_per_pixel=known["bytes"] / (known["width"] * known["height"]),
    )


def _read_origins(paths: Paths, sources: Sequence[str]) -> pd.DataFrame:
    shards = [shard for source in sources for shard in shard_paths(paths.collected(source))]
    tables = [read_shard(shard, [*KEY, "image_url", "fetched_at"]) for shard in shards]
    origins: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    names = origins["image_url"].map(_name_of)
    return origins[KEY].assign(
        name_shape=names.map(shape_of),
        name_number=names.str.extract(r"(\d{1,15})", expand=False).astype(float),
        host=origins["image_url"].map(lambda address: urlsplit(address).hostname or ""),
        fetched_month=origins["fetched_at"].dt.strftime("%Y-%m"),
    )


def _name_of(address: str) -> str:
    return unquote(urlsplit(address).path).rsplit("/", 1)[-1]


def shape_of(name: str) -> str:
    """Return how a file is named, not what: digits become 9, but zeros in front of a number stay; words become a or A.

    >>> shape_of("0096 (10).jpg"), shape_of("96 (10).jpg"), shape_of("IMG_2041.JPG")
    ('0099 (99).a', '99 (99).a', 'A_9999.A')
    """
    padded = re.sub(r"\d+", lambda digits: _shape_of_number(digits[0]), name[:LONGEST])
    return re.sub(r"[^\W\d_A-Z]+", "a", re.sub(r"[A-Z]+", "A", padded))


def _shape_of_number(digits: str) -> str:
    rest = digits.lstrip("0")
    return "0" * (len(digits) - len(rest)) + "9" * len(rest)
