"""The web's picture hosts, with their faults, and the host of Google's thumbnails."""

from hashlib import sha256

from collectors.sandbox.messages import Endless, Request, ResetError, Response, text
from collectors.sandbox.site import Site

PATH = "/photos/"

#: What goes on after a picture, and with which pause in seconds. The slow one sends a byte now and then.
ENDLESS = {"slow": (b"\0", 0.5), "endless": (bytes(64 * 2**10), 0.0)}


def photo(site: Site, request: Request) -> Response:
    """Serve a full-size picture, or fail as its fault says.

    Raises:
        ResetError: the host breaks off.
    """
    picture = site.pool.by_name.get(request.path.removeprefix(PATH))
    asked = request.query.get("sandbox")
    if picture is None or picture.fault == "missing":
        return text("There is no such picture.\n", 404)
    if "reset" in (picture.fault, asked):
        raise ResetError
    if asked == "wrongtype":
        return Response(b"<!DOCTYPE html><title>No hotlinks</title>", 200, {"Content-Type": picture.content_type})
    if asked in ENDLESS:
        return Response(Endless(picture.data, *ENDLESS[asked]), 200, {"Content-Type": picture.content_type})
    return _picture(picture.data, picture.content_type)


def thumbnail(site: Site, request: Request) -> Response:
    """Serve a thumbnail."""
    picture = site.by_document.get(request.query.get("q", "").removeprefix("tbn:"))
    if picture is None:
        return text("There is no such picture.\n", 404)
    return _picture(picture.thumbnail, "image/jpeg")


def _picture(data: bytes, content_type: str) -> Response:
    etag = f'"{sha256(data).hexdigest()[:32]}"'
    return Response(data, 200, {"Content-Type": content_type, "ETag": etag, "X-Content-Type-Options": "nosniff"})
