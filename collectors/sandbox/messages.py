"""What goes in and out of the sandbox: requests and responses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


class ResetError(Exception):
    """The connection is to be reset in place of an answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the routes see it: the path without its escapes, one value for each name in the query, and
    the names of headers in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    #: Path and query as they came.
    target: str


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of a file: the body of a response that is too long to be held in memory."""

    path: Path
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Endless:
    """A body without a length that comes piece by piece, with a pause in seconds, until the other side hangs up."""

    start: bytes
    piece: bytes
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Response:
    """A response; its Content-Length follows from its body."""

    body: bytes | FilePart | Endless = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int | None:
        if isinstance(self.body, Endless):
            return None
        return self.body.size if isinstance(self.body, FilePart) else len(self.body)


def text(content: str, status: int = 200) -> Response:
    """Answer with plain text."""
    return Response(content.encode(), status, {"Content-Type": "text/plain; charset=utf-8"})


def json_response(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(json.dumps(value).encode(), status, {"Content-Type": "application/json"})


def redirect(location: str, **headers: str) -> Response:
    """Answer with another address. It must hold neither spaces nor line ends."""
    return Response(b"", 302, {"Location": location, **headers})


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Answer with a page made from a template, in which all values are escaped."""
    content = _environment().get_template(template).render(values)
    return Response(content.encode(), status, {"Content-Type": "text/html; charset=utf-8"})


@cache
def _environment() -> Environment:
    loader = PackageLoader("collectors.sandbox", "pages")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
