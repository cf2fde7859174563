"""Connections that lead where the check said: a host is looked up once, and what was checked is what is connected to.

A second look-up could answer otherwise (DNS rebinding). The host's name still goes into the Host header, into TLS's
server name, and is what the certificate must be for.
"""

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from collectors.addresses import look_up


class CheckedAdapter(HTTPAdapter):
    """Loads over http and https from permitted addresses only.

    Connecting to any other raises AddressError. ``loopback`` permits this machine's own.
    """

    def __init__(self, loopback: bool) -> None:
        self._loopback = loopback
        super().__init__()

    def init_poolmanager(self, *settings: Any, **more: Any) -> None:
        super().init_poolmanager(*settings, **more)
        self.poolmanager.pool_classes_by_scheme = _pools(self._loopback)


class _Checked(HTTPConnection):
    loopback = False

    def _new_conn(self) -> socket.socket:
        name = self.host
        addresses = look_up(name, self.port, self.loopback)
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
        return super()._new_conn()


def _pools(loopback: bool) -> dict[str, type[HTTPConnectionPool]]:
    permitted = loopback

    class Plain(_Checked):
        loopback = permitted

    class Secure(_Checked, HTTPSConnection):
        loopback = permitted

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
