"""All collectors, in plain sight: the name in params.yaml and the function that collects."""

from collections.abc import Callable, Iterator
from typing import Any

from collectors import archive, folder, google_images, kaggle, url_list
from collectors.surroundings import Surroundings
from pipeline.parts.record import Record, Rejection

Collect = Callable[[str, Any, Surroundings], Iterator[Record | Rejection]]

COLLECTORS: dict[str, Collect] = {
    "google_images": google_images.collect,
    "kaggle": kaggle.collect,
    "archive": archive.collect,
    "folder": folder.collect,
    "url_list": url_list.collect,
}
