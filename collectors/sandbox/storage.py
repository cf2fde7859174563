"""The storage that Kaggle's downloads lead to: one archive, whole or from where a download was cut."""

import base64
import hashlib
import re
from email.utils import formatdate
from functools import cache
from pathlib import Path

from collectors.sandbox.messages import FilePart, Request, Response, text
from collectors.sandbox.site import Site

PATH = "/storage/kaggle-data-sets/3041726/1/bundle/archive.zip"


def archive(site: Site, request: Request) -> Response:
    """Serve the archive. A range is served only while the archive is still the one that ``If-Range`` names."""
    path = site.pool.archive
    if not path.is_file():
        return text("There is no such object.\n", 404)
    stat = path.stat()
    digest = _md5(path, stat.st_mtime_ns)
    headers = {
        "Content-Type": "application/zip",
        "Accept-Ranges": "bytes",
        "ETag": f'"{digest.hex()}"',
        "Last-Modified": formatdate(stat.st_mtime, usegmt=True),
        "x-goog-hash": f"md5={base64.b64encode(digest).decode()}",
    }
    wanted = re.fullmatch(r"bytes=(\d{1,18})-(\d{0,18})", request.headers.get("range", ""))
    current = request.headers.get("if-range", headers["ETag"]) in (headers["ETag"], headers["Last-Modified"])
    if not wanted or not current:
        return Response(FilePart(path, 0, stat.st_size), 200, headers)
    first, last = int(wanted[1]), min(int(wanted[2] or stat.st_size), stat.st_size - 1)
    if first > last:
        return Response(b"", 416, headers | {"Content-Range": f"bytes */{stat.st_size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{stat.st_size}"
    return Response(FilePart(path, first, last - first + 1), 206, headers)


@cache
def _md5(path: Path, _changed: int) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).digest()
