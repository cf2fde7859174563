"""One picture over HTTP: bounded, permitted, and never an exception: what failed says why."""

from datetime import UTC, datetime

import requests

from collectors.client import PRODUCT, Client
from collectors.opt_out import opt_out
from collectors.outcome import Failure, Fetched, StopError, check_status
from collectors.robots import Robots
from collectors.signature import LONGEST, picture_type
from collectors.surroundings import Internet
from pipeline.parts.params import Collect
from pipeline.parts.record import Http


class Downloader:
    """Loads pictures; may be used from many threads."""

    def __init__(self, fetching: Collect, internet: Internet) -> None:
        self._max_bytes = fetching.max_bytes
        self._strict = fetching.rights == "strict"
        self._client = Client(fetching, internet)
        self._robots = Robots(self._client)

    def load(self, url: str) -> Fetched | Failure:
        """Load one picture, following redirects and trying again where that may help."""
        return self._client.load(lambda: self._client.follow(url, self._robots.check, self._read))

    def _read(self, response: requests.Response) -> Fetched:
        check_status(response.status_code)
        headers = response.headers
        refused = opt_out(response.raw.headers.getlist("X-Robots-Tag"), PRODUCT)
        if refused and self._strict:
            raise StopError("opted-out", refused)
        data = self._bytes(response)
        http = Http(response.status_code, headers.get("Content-Type"), headers.get("ETag"), response.url, refused)
        return Fetched(data, datetime.now(UTC), http)

    def _bytes(self, response: requests.Response) -> bytes:
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) > self._max_bytes:
            raise StopError("too-large", f"{declared} bytes declared, {self._max_bytes} allowed")
        data = bytearray()
        for chunk in self._client.chunks(response):
            data += chunk
            if len(data) > self._max_bytes:
                raise StopError("too-large", f"more than {self._max_bytes} bytes")
            if len(data) >= LONGEST:
                _check_picture(data, response)
        _check_picture(data, response)
        return bytes(data)


def _check_picture(data: bytearray, response: requests.Response) -> None:
    if picture_type(data) is None:
        content_type = response.headers.get("Content-Type") or "no content type"
        raise StopError("not-a-picture" if data else "empty", content_type[:100])
