"""What the last collection of a source fetched, so that a longer one loads only what is new."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from collectors.http.fetched import Fetched
from pipeline.records.record import Http
from pipeline.records.shards import read_shard, shard_paths
from pipeline.runtime.errors import StageMissingError


class Previous:
    """The pictures in a source's shards by the address they came from. Damaged shards count as missing."""

    def __init__(self, folder: Path) -> None:
        self._places = {url: (path, row) for path, row, url in _addresses(folder)}
        # Candidates come in the order of the last time, more or less: one shard in memory is enough.
        self._shard = lru_cache(maxsize=1)(_read)

    def __contains__(self, url: str) -> bool:
        return url in self._places

    def find(self, url: str) -> Fetched | None:
        """Return the picture that came from an address, with the time at which it was fetched then."""
        if url not in self._places:
            return None
        path, number = self._places[url]
        row = self._shard(path).slice(number, 1).to_pylist()[0]
        return Fetched(row["image"]["bytes"], row["fetched_at"], Http(**row["http"]))


def _read(path: Path) -> pa.Table:
    return read_shard(path, ["image", "fetched_at", "http"])


def _addresses(folder: Path) -> Iterator[tuple[Path, int, str]]:
    try:
        paths = shard_paths(folder)
    except StageMissingError:
        return
    for path in paths:
        try:
            table = read_shard(path, ["image_url", "http"])
        except StageMissingError:
            continue
        for row, (url, http) in enumerate(zip(table["image_url"].to_pylist(), table["http"].to_pylist(), strict=True)):
            if http is not None:
                yield path, row, url
