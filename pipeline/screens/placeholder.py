"""What servers send in place of a picture that is gone: the same bytes from many hosts."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.parts.record import RECORD_SCHEMA

REASON = "placeholder"

_SCHEMA = pa.schema([RECORD_SCHEMA.field("id"), RECORD_SCHEMA.field("image_url")])


def find_placeholders(tables: Iterable[pa.Table], hosts: int) -> frozenset[str]:
    """Find the ids that came from so many hosts or more, in tables of ``id`` and ``image_url``.

    >>> addresses = ["http://one/x.png", "http://two/y.png", "http://one/z.png"]
    >>> sorted(find_placeholders([pa.table({"id": ["a", "a", "b"], "image_url": addresses}, schema=_SCHEMA)], 2))
    ['a']
    """
    table = pa.concat_tables([_SCHEMA.empty_table(), *tables])
    counted = pc.value_counts(table["id"])
    often = counted.field("values").filter(pc.greater_equal(counted.field("counts"), hosts))
    seen: dict[str, set[str]] = {name: set() for name in often.to_pylist()}
    for row in table.filter(pc.is_in(table["id"], often)).select(["id", "image_url"]).to_pylist():
        if host := _host(row["image_url"]):
            seen[row["id"]].add(host)
    return frozenset(name for name, found in seen.items() if len(found) >= hosts)


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
