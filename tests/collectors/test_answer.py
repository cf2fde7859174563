import socket
import time
from http.client import HTTPException, HTTPResponse

import pytest

from collectors.http.http_response import LeanResponse

PLAIN = b"HTTP/1.1 200 OK\r\nServer: nginx\r\ncontent-length: 7\r\nX-Robots-Tag: noai\r\nX-Robots-Tag:  noimageai \r\n"

HEADS = {
    "plain": PLAIN + b"Connection: keep-alive\r\n\r\n",
    "no-reason": PLAIN.replace(b" OK", b" ") + b"\r\n",
    "closing": PLAIN + b"Connection: close\r\n\r\n",
    "old": PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n",
    "not-found": PLAIN.replace(b"200 OK", b"404 Not Found") + b"\r\n",
    "continued": b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN + b"\r\n",
    "in-chunks": PLAIN + b"Transfer-Encoding: chunked\r\n\r\n",
    "no-length": PLAIN.replace(b"content-length: 7\r\n", b"") + b"\r\n",
    "two-lengths": PLAIN + b"Content-Length: 70\r\n\r\n",
    "no-number": PLAIN.replace(b": 7", b": many") + b"\r\n",
    "negative": PLAIN.replace(b": 7", b": -7") + b"\r\n",
    "folded": PLAIN + b"X-Long: a\r\n b\r\n\r\n",
    "latin": PLAIN + b"X-Name: \xe9\r\n\r\n",
    "bare-newlines": PLAIN.replace(b"\r\n", b"\n") + b"\n",
    "gibberish": b"\x00\x01 this is not HTTP\r\n\r\n",
    "nothing": b"",
    "cut": PLAIN,
    "many": PLAIN + b"X-A: b\r\n" * 200 + b"\r\n",
    "long": PLAIN + b"X-Long: " + b"a" * 20_000 + b"\r\n\r\n",
}


def read(kind, data):
    """What an answer is for http.client or for us, its body in full."""
    here, there = socket.socketpair()
    with here, there:
        there.sendall(data)
        there.close()
        answer = kind(here, method="GET")
        try:
            answer.begin()
            headers = [(name, value.strip()) for name, value in answer.headers.items()]
            facts = (answer.status, answer.reason, answer.version, answer.length, answer.chunked, answer.will_close)
            return *facts, headers, answer.read()
        except HTTPException as error:
            return type(error)
        finally:
            answer.close()


@pytest.mark.parametrize("name", HEADS)
def test_an_answer_is_what_it_is_for_the_library(name):
    data = HEADS[name] + b"picture"
    assert read(LeanResponse, data) == read(HTTPResponse, data)


def test_a_plain_head_is_read_at_once_and_no_other(monkeypatch):
    monkeypatch.setattr(HTTPResponse, "begin", lambda self: pytest.fail("left to the library"))
    assert read(LeanResponse, HEADS["plain"] + b"picture")[-1] == b"picture"
    with pytest.raises(pytest.fail.Exception):
        read(LeanResponse, HEADS["folded"])


def test_a_head_made_to_be_read_slowly_is_not():
    start = time.thread_time()
    read(LeanResponse, PLAIN + b"a:" + b" " * 4000 + b"\r\n" + b"a:  \r\n" * 90 + b"\x00")
    assert time.thread_time() - start < 1
