"""A server with all that goes wrong on the web, and a collection that has to get through it."""

import gzip
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import replace

from collectors.fetch import fetch_all
from pipeline.parts.labels import Label
from pipeline.parts.params import Collect
from pipeline.parts.record import Candidate, Record
from tests.collectors.local_server import Reply
from tests.factories import encode, make_image

JPEG = encode(make_image(1))
LIMIT = 200_000
TIMEOUT = 2.0


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()
    handler.connection.close()
    handler.close_connection = True


def stall(handler):
    time.sleep(2 * TIMEOUT)
    handler.close_connection = True


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "10000")
    handler.end_headers()
    handler.wfile.write(JPEG[:16])
    for _ in range(100):
        handler.wfile.write(b"0")
        time.sleep(0.1)


def cut(handler):
    Reply(JPEG, headers={"Content-Length": str(len(JPEG) + 100)})(handler)
    handler.close_connection = True


def cut_chunk(handler):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(f"{len(JPEG):x}\r\n".encode() + JPEG[:100])
    handler.close_connection = True


def endless(handler):
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(JPEG)
    while True:
        handler.wfile.write(b"0" * 10_000)


def gibberish(handler):
    handler.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
    handler.close_connection = True


def many_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200 + b"\r\n")
    handler.close_connection = True


def no_number(handler):
    Reply(JPEG, headers={"Content-Length": "many"})(handler)
    handler.close_connection = True


class AtFirst:
    """Fails on the first request for each address."""

    def __init__(self, fault):
        self.fault, self.seen, self.lock = fault, set(), threading.Lock()

    def __call__(self, handler):
        with self.lock:
            first = handler.path not in self.seen
            self.seen.add(handler.path)
        (self.fault if first else Reply(JPEG))(handler)


def status(number, **headers):
    return Reply("no", number, headers={name.replace("_", "-"): value for name, value in headers.items()})


def redirect(target):
    return Reply(status=302, headers={"Location": target})


BOMB = gzip.compress(JPEG + bytes(40_000_000))

#: What each server does, and what becomes of its pictures. None: they are collected.
FAULTS = {
    "reset": (reset, "connection"),
    "stall": (stall, "timeout"),
    "drip": (drip, "timeout"),
    "cut": (cut, "connection"),
    "cut-chunk": (cut_chunk, "connection"),
    "gibberish": (gibberish, "connection"),
    "many-headers": (many_headers, "connection"),
    "endless": (endless, "too-large"),
    "bomb": (Reply(BOMB, headers={"Content-Encoding": "gzip"}), "too-large"),
    "says-long": (Reply(JPEG, headers={"Content-Length": "10000000"}), "too-large"),
    "no-gzip": (Reply(JPEG, headers={"Content-Encoding": "gzip"}), "bad-encoding"),
    "html": (Reply("<!doctype html><p>Not here", headers={"Content-Type": "image/jpeg"}), "not-a-picture"),
    "empty": (Reply(b""), "empty"),
    "not-found": (status(404), "not-found"),
    "gone": (status(410), "gone"),
    "forbidden": (status(403), "forbidden"),
    "busy": (status(429, Retry_After="0"), "too-many-requests"),
    "broken": (status(502), "server-error"),
    "loop": (redirect("/loop/x"), "redirect-loop"),
    "to-metadata": (redirect("http://169.254.169.254/latest"), "refused-address"),
    "to-private": (redirect("http://[::ffff:10.0.0.1]/a.jpg"), "refused-address"),
    "to-file": (redirect("file:///etc/passwd"), "refused-address"),
    "no-ai": (Reply(JPEG, headers={"X-Robots-Tag": "noai"}), "opted-out"),
    "private": (Reply(JPEG), "robots"),
    "busy-once": (AtFirst(status(429, Retry_After="1")), None),
    "broken-once": (AtFirst(status(503)), None),
    "reset-once": (AtFirst(reset), None),
    "no-number": (no_number, None),
}

EACH, GOOD = 4, 220


def test_every_good_picture_comes_and_every_fault_is_under_its_cause(site, around, monkeypatch):
    monkeypatch.setattr("collectors.retries.FIRST_PAUSE", 0.02)
    site.routes["/robots.txt"] = Reply("User-agent: *\nDisallow: /private/\n")
    pictures = [encode(make_image(number)) for number in range(20)]
    wanted = {}
    for number in range(GOOD):
        site.routes[f"/good/{number}.jpg"] = Reply(pictures[number % 20])
        wanted[f"/good/{number}.jpg"] = pictures[number % 20]
    for name, (fault, reason) in FAULTS.items():
        for number in range(EACH):
            site.routes[f"/{name}/{number}.jpg"] = fault
            wanted[f"/{name}/{number}.jpg"] = reason or JPEG
    site.routes["/loop/x"] = redirect("/loop/x")
    # Troubles of all kinds at the same time, among good ones.
    paths = sorted(wanted, key=lambda path: (hash_of(path), path))
    candidates = [
        Candidate("faults", rank, Label.REAL, "url_list", site.url + path) for rank, path in enumerate(paths)
    ]
    fetching = Collect(workers=16, timeout=TIMEOUT, max_bytes=LIMIT, per_host=16, per_second=10_000.0)
    start = time.monotonic()
    results = list(fetch_all(candidates, replace(around, fetching=fetching)))
    seconds = time.monotonic() - start

    came = [result.data if isinstance(result, Record) else result.reason for result in results]
    assert dict(zip(paths, came, strict=True)) == wanted
    reasons = Counter(reason for _, reason in FAULTS.values() if reason)
    expected = {reason: EACH * count for reason, count in reasons.items()}
    assert Counter(outcome for outcome in came if isinstance(outcome, str)) == expected
    asked = Counter(site.log)
    assert all(asked[path] == 1 for path in paths if path.split("/")[1] in {"good", "not-found", "gone", "no-ai"})
    assert not [path for path in asked if path.startswith("/private")]
    assert seconds < 60


def hash_of(path):
    return int.from_bytes(path.encode(), "big") % 1009
