"""What servers send in place of a picture that is gone: the same bytes from many hosts."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

REASON = "placeholder"


def find_placeholders(tables: Sequence[pa.Table], hosts: int) -> frozenset[str]:
    """Find the ids that came from so many hosts or more, in tables of ``id`` and ``image_url``.

    >>> addresses = ["http://one/x.png", "http://two/y.png", "http://one/z.png"]
    >>> sorted(find_placeholders([pa.table({"id": ["a", "a", "b"], "image_url": addresses})], 2))
    ['a']
    """
    if not tables:
        return frozenset()
    table = pa.concat_tables(tables)
    counted = pc.value_counts(table["id"])
    # Most sources have none; and given any value of Python's, Arrow would import pandas, which takes long.
    if (pc.max(counted.field("counts")).as_py() or 0) < hosts:
        return frozenset()
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
