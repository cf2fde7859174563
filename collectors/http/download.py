"""A picture from an answer: permitted, of a type that screening knows, and no larger than allowed."""

from collections.abc import Iterable, Iterator

import requests

from collectors.http.client import PRODUCT, Client
from collectors.http.fetch_settings import Fetching
from collectors.http.opt_out import opt_out
from collectors.http.outcome import StopError, check_status
from collectors.http.segment import ResponseFacts, Segment
from collectors.http.spool import FetchFacts
from pipeline.pictures.picture_formats import LONGEST, find_format


class Downloader:
    """Keeps pictures in the spool as they come."""

    def __init__(self, client: Client, fetching: Fetching) -> None:
        self._client, self._segment = client, Segment(fetching.spool)
        self._max_bytes, self._strict = fetching.max_bytes, fetching.strict
        self._lasting = fetching.internet.lasting

    def save(self, url: str, response: requests.Response, page_said: str | None) -> FetchFacts:
        """Keep the picture in an answer under an address.

        ``page_said`` are the words with which the page that shows it opts out, if it does.

        Raises:
            StopError: there is none, or not one to be kept.
        """
        check_status(response.status_code)
        headers = response.headers
        refused = opt_out(response.raw.headers.getlist("X-Robots-Tag"), PRODUCT) or page_said
        if refused and self._strict:
            raise StopError("opted-out", refused)
        said = ResponseFacts(
            status=response.status_code,
            content_type=headers.get("Content-Type"),
            etag=headers.get("ETag"),
            final_url=self._lasting(response.url),
            opt_out=refused,
        )
        return self._segment.save(url, self._picture(response), said)

    def _picture(self, response: requests.Response) -> Iterator[bytes]:
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) > self._max_bytes:
            raise StopError("too-large", f"{declared} bytes declared, {self._max_bytes} allowed")
        size = 0
        for chunk in _checked(self._client.chunks(response), response):
            size += len(chunk)
            if size > self._max_bytes:
                raise StopError("too-large", f"more than {self._max_bytes} bytes")
            yield chunk


def _checked(chunks: Iterable[bytes], response: requests.Response) -> Iterator[bytes]:
    """Pass a picture's bytes on once its first ones tell that it is one."""
    start = b""
    for chunk in chunks:
        if len(start) >= LONGEST:
            yield chunk
            continue
        start += chunk
        if len(start) >= LONGEST:
            _check_picture(start, response)
            yield start
    if len(start) < LONGEST:
        _check_picture(start, response)
        yield start


def _check_picture(data: bytes, response: requests.Response) -> None:
    found = find_format(data)
    if found is None:
        content_type = response.headers.get("Content-Type") or "no content type"
        raise StopError("not-a-picture" if data else "empty", content_type[:100])
    if found.convert:
        raise StopError("format-not-read", f"{found.name}: {found.convert}")
