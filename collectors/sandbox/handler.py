"""Reads requests from the connection and writes the responses to it."""

import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote

from collectors.sandbox.messages import Endless, FilePart, Request, ResetError, Response, text
from collectors.sandbox.pool import PicturePool
from collectors.sandbox.routes import answer
from collectors.sandbox.site import Site

#: No form or call is longer.
MAX_BODY = 64 * 2**10

CHUNK = 256 * 2**10


ADDRESS = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """The sandbox on a free port. ``requests`` are those that came so far, as method and path."""

    def __init__(self, pool: PicturePool) -> None:
        super().__init__((ADDRESS, 0), Handler)
        self.site = Site(pool, f"http://{ADDRESS}:{self.server_port}", f"http://{_other_name()}:{self.server_port}")
        self.requests: list[tuple[str, str]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent when the other side has gone: browsers do that all the time."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection to the sandbox."""

    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True
    timeout = 60
    server: Server

    def do_GET(self) -> None:
        self._serve(b"")

    def do_HEAD(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        if not (size.isascii() and size.isdigit()) or int(size) > MAX_BODY:
            self.close_connection = True
            self._write(text("The body has no length, or is too long.\n", 413))
            return
        self._serve(self.rfile.read(int(size)))

    def _serve(self, body: bytes) -> None:
        self.server.requests.append((self.command, self.path))
        try:
            self._write(answer(self.server.site, self._request(body)))
        except ResetError:
            self._reset()

    def _request(self, body: bytes) -> Request:
        path, _, query = self.path.partition("?")
        method = "GET" if self.command == "HEAD" else self.command
        facts = dict(parse_qsl(query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(method, unquote(path), facts, headers, body, self.path)

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        length = {"Connection": "close"} if response.size is None else {"Content-Length": str(response.size)}
        for name, value in (response.headers | length).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if isinstance(response.body, bytes):
            self.wfile.write(response.body)
        elif isinstance(response.body, Endless):
            self._go_on(response.body)
        else:
            with response.body.path.open("rb") as file:
                self._copy(file, response.body)

    def _go_on(self, body: Endless) -> None:
        self.wfile.write(body.start)
        while True:
            self.wfile.write(body.piece)
            time.sleep(body.pause)

    def _copy(self, file: BinaryIO, part: FilePart) -> None:
        file.seek(part.start)
        left = part.size
        while left and (chunk := file.read(min(CHUNK, left))):
            self.wfile.write(chunk)
            left -= len(chunk)

    def _reset(self) -> None:
        """Break off without the usual goodbye, so that the other side sees a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent: the requests are kept in a list."""


def _other_name() -> str:
    """Return a second name for the address; some machines know ``localhost`` as an IPv6 address only."""
    try:
        known = {answer[4][0] for answer in socket.getaddrinfo("localhost", None, socket.AF_INET)}
    except OSError:
        known = set()
    return "localhost" if ADDRESS in known else ADDRESS
