"""Connections that lead where the check said: a host is looked up once, and what was checked is what is connected to.

A second look-up could answer otherwise (DNS rebinding). The host's name still goes into the Host header, into TLS's
server name, and is what the certificate must be for.
"""

import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.response import BaseHTTPResponse, HTTPResponse

from collectors.http.addresses import look_up
from collectors.http.deadline import Deadlines
from collectors.http.http_response import LeanResponse

#: Addresses of one host that are tried. Each may take the whole timeout, and hosts may have hundreds.
MAX_TRIED = 3

#: Hosts with their ports.
Places = set[tuple[str | None, int | None]]


class CheckedAdapter(HTTPAdapter):
    """Loads over http and https from permitted addresses only.

    Connecting to any other raises AddressError. ``local`` lists the origins on this machine that are permitted.
    ``deadlines`` learns which connection is waited for.
    """

    def __init__(self, local: tuple[str, ...], deadlines: Deadlines) -> None:
        self._pools = _pools({(parts.hostname, parts.port) for parts in map(urlsplit, local)}, deadlines)
        self._origin: tuple[str, ...] | None = None
        super().__init__()

    def get_connection_with_tls_context(self, request: Any, *rest: Any, **more: Any) -> Any:
        # Pictures of one host come in a row, so its pool is not looked up each time. The pool last used is the one
        # that the manager would close last.
        origin = urlsplit(request.url)[:2]
        if origin != self._origin:
            self._pool = super().get_connection_with_tls_context(request, *rest, **more)
            self._origin = origin
        return self._pool

    def request_url(self, request: requests.PreparedRequest, *_: Any) -> str:
        """Return the path alone, as there is no proxy to be looked for."""
        return request.path_url

    def build_response(self, request: requests.PreparedRequest, answer: BaseHTTPResponse) -> requests.Response:
        """Leave out what is of no use here, cookies and the charset, which took a fifth of a request's time."""
        response = requests.Response()
        response.status_code, response.url, response.raw = answer.status, str(request.url), answer
        response.headers = answer.headers  # type: ignore[assignment]  # as blind to upper and lower case
        return response

    def init_poolmanager(self, *settings: Any, **more: Any) -> None:
        super().init_poolmanager(*settings, **more)
        self.poolmanager.pool_classes_by_scheme = self._pools


class _Checked(HTTPConnection):
    local: Places
    deadlines: Deadlines
    response_class = LeanResponse
    _twin: socket.socket | None = None

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            if self._twin is not None:
                self._twin.close()
                self._twin = None

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # urllib3 gives its own kind
        if self.sock is not None:
            self.deadlines.use(self.sock)
        return super().getresponse()

    def _new_conn(self) -> socket.socket:
        name = self.host
        addresses = look_up(name, self.port, loopback=(name, self.port) in self.local)[:MAX_TRIED]
        try:
            for ip in addresses[:-1]:
                try:
                    return self._connect(str(ip))
                except (ConnectTimeoutError, NewConnectionError):
                    continue
            return self._connect(str(addresses[-1]))
        finally:
            self.host = name

    def _connect(self, ip: str) -> socket.socket:
        self.host = ip
        connection = super()._new_conn()
        # TLS takes the socket itself over before the two sides have agreed.
        self._twin = connection.dup()
        self.deadlines.use(self._twin)
        return connection


def _pools(permitted: Places, watch: Deadlines) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(_Checked):
        local = permitted
        deadlines = watch

    class Secure(_Checked, HTTPSConnection):
        local = permitted
        deadlines = watch

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
