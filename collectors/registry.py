"""All collectors, in plain sight: the name in params.yaml and the function that collects.

A collector is imported when it is used: what one needs, a browser's driver or a parser, takes others time and memory.
"""

from collections.abc import Callable, Iterator
from typing import Any

from collectors.surroundings import Surroundings
from pipeline.parts.record import Record, Rejection

Collect = Callable[[str, Any, Surroundings], Iterator[Record | Rejection]]


def _google_images(name: str, settings: Any, around: Surroundings) -> Iterator[Record | Rejection]:
    from collectors.google_images import collect

    return collect(name, settings, around)


def _kaggle(name: str, settings: Any, around: Surroundings) -> Iterator[Record | Rejection]:
    from collectors.kaggle import collect

    return collect(name, settings, around)


def _archive(name: str, settings: Any, around: Surroundings) -> Iterator[Record | Rejection]:
    from collectors.archive import collect

    return collect(name, settings, around)


def _folder(name: str, settings: Any, around: Surroundings) -> Iterator[Record | Rejection]:
    from collectors.folder import collect

    return collect(name, settings, around)


def _url_list(name: str, settings: Any, around: Surroundings) -> Iterator[Record | Rejection]:
    from collectors.url_list import collect

    return collect(name, settings, around)


COLLECTORS: dict[str, Collect] = {
    "google_images": _google_images,
    "kaggle": _kaggle,
    "archive": _archive,
    "folder": _folder,
    "url_list": _url_list,
}
