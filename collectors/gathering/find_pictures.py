"""Running the collector of a source."""

from collections.abc import Callable, Iterator
from pkgutil import resolve_name
from typing import Any

from collectors.http.context import CollectContext
from collectors.registry import find_collector
from collectors.source_settings import Source
from pipeline.records.record import Record, Rejection

#: What every collector is: from the name of a source, its settings and a context to one Record or Rejection per thing
#: found, ``rank`` counting from 0 in the order found.
Collect = Callable[[str, Any, CollectContext], Iterator[Record | Rejection]]


def find_pictures(name: str, settings: Source, context: CollectContext) -> Iterator[Record | Rejection]:
    """Find and fetch the pictures of the source ``name`` by its collector."""
    collect: Collect = resolve_name(find_collector(settings.collector).collect)
    return collect(name, settings, context)
