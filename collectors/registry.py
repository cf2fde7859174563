"""All collectors, in plain sight: the name in params.yaml and the function that collects.

A collector is imported when it is used: what one needs, a browser's driver or a parser, takes others time and memory.
"""

from collections.abc import Callable, Iterator
from typing import Any

from collectors.http.context import CollectContext
from pipeline.records.record import Record, Rejection

Collect = Callable[[str, Any, CollectContext], Iterator[Record | Rejection]]


def _google_images(name: str, settings: Any, context: CollectContext) -> Iterator[Record | Rejection]:
    from collectors.google.google_images import collect

    return collect(name, settings, context)


def _kaggle(name: str, settings: Any, context: CollectContext) -> Iterator[Record | Rejection]:
    from collectors.kaggle.kaggle_collector import collect

    return collect(name, settings, context)


def _archive(name: str, settings: Any, context: CollectContext) -> Iterator[Record | Rejection]:
    from collectors.archives.archive import collect

    return collect(name, settings, context)


def _folder(name: str, settings: Any, context: CollectContext) -> Iterator[Record | Rejection]:
    from collectors.archives.folder import collect

    return collect(name, settings, context)


def _url_list(name: str, settings: Any, context: CollectContext) -> Iterator[Record | Rejection]:
    from collectors.lists.url_list import collect

    return collect(name, settings, context)


COLLECTORS: dict[str, Collect] = {
    "google_images": _google_images,
    "kaggle": _kaggle,
    "archive": _archive,
    "folder": _folder,
    "url_list": _url_list,
}
