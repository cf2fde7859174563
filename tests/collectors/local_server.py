"""A real HTTP server on a free loopback port, whose answers a test writes down and whose log it reads."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """One answer. ``headers`` without a Content-Length get the right one."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        handler.send_response(self.status)
        for name, value in {"Content-Length": str(len(body)), **self.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


Answer = Callable[[BaseHTTPRequestHandler], None]

#: The addresses of the servers that run.
RUNNING: list[str] = []


class LocalServer:
    """``routes`` maps paths without the query to answers, all else is 404.

    ``log`` and ``headers`` hold what was asked for, but for robots.txt, which is counted in ``robots``.
    """

    def __init__(self) -> None:
        self.routes: dict[str, Answer] = {}
        self.log: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.robots = 0
        self.url = ""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    #: With the usual 5, connections that come all at once are dropped, and tried again a second later.
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients hang up, as they are meant to."""


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[LocalServer]:
    """Run a server until the block ends, over TLS if there is a context for it."""
    site = LocalServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            if self.path == "/robots.txt":
                site.robots += 1
            else:
                site.log.append(self.path)
                site.headers.append(dict(self.headers))
            answer = site.routes.get(self.path.partition("?")[0], Reply("not here", 404))
            try:
                answer(self)
            except (ConnectionError, TimeoutError):
                self.close_connection = True

        def do_POST(self) -> None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    RUNNING.append(site.url)
    try:
        yield site
    finally:
        RUNNING.remove(site.url)
        server.shutdown()
        server.server_close()
