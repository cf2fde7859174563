"""Servers with all that goes wrong on the web, and a collection that has to get through them.

    python -m tests.collectors.faults 10000

fetches so many addresses, three in ten of them faulty, and prints what came as JSON, as `benchmarks/collect.py` does.
"""

import gzip
import json
import random
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from collectors.http.collect_settings import Collect
from collectors.http.context import CollectContext, Internet
from collectors.http.fetch import fetch_all
from pipeline.records.record import Candidate, Record
from pipeline.storage.labels import Label
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image

JPEG = encode(make_image(1))
LIMIT = 200_000
TIMEOUT = 4.0

#: Faults are spread over so many hosts, each of which may be asked by so many at a time.
HOSTS, WORKERS = 8, 32


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()
    handler.connection.close()
    handler.close_connection = True


def stall(handler):
    time.sleep(2 * TIMEOUT)
    handler.close_connection = True


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        handler.wfile.write(b"0")
        time.sleep(0.1)


def endless_redirect(handler):
    handler.send_response(302)
    handler.send_header("Location", "/good/0.jpg")
    handler.send_header("Connection", "close")
    handler.end_headers()
    while True:
        handler.wfile.write(b"0" * 10_000)


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "10000")
    handler.end_headers()
    handler.wfile.write(JPEG[:16])
    while True:
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
    "drip-headers": (drip_headers, "timeout"),
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
    "endless-redirect": (endless_redirect, None),
}


PICTURES = [encode(make_image(number)) for number in range(20)]


def routes(good, each):
    """Give what a host answers, by path, and what has to come of each: a picture's bytes, or a reason."""
    answers, wanted = {}, {}
    for number in range(good):
        answers[f"/good/{number}.jpg"] = Reply(PICTURES[number % 20])
        wanted[f"/good/{number}.jpg"] = PICTURES[number % 20]
    for name, (fault, reason) in FAULTS.items():
        for number in range(each):
            answers[f"/{name}/{number}.jpg"] = fault
            wanted[f"/{name}/{number}.jpg"] = reason or (PICTURES[0] if name == "endless-redirect" else JPEG)
    answers["/loop/x"] = redirect("/loop/x")
    answers["/robots.txt"] = Reply("User-agent: *\nDisallow: /private/\n")
    return answers, wanted


def collect_through(root, good, each):
    """Collect from hosts with so many good pictures and faults of each kind; give what came, what was to come, by
    address, how often each path was asked for, and the seconds."""
    with ExitStack() as stack:
        sites = [stack.enter_context(serving()) for _ in range(HOSTS)]
        wanted = {}
        for site in sites:
            answers, outcomes = routes(good, each)
            site.routes |= answers
            wanted |= {site.url + path: outcome for path, outcome in outcomes.items()}
        # Troubles of all kinds at the same time, among good ones.
        urls = random.Random(0).sample(sorted(wanted), len(wanted))
        found = [Candidate("faults", rank, Label.REAL, "url_list", url) for rank, url in enumerate(urls)]
        start = time.monotonic()
        results = list(fetch_all(found, _around(root, [site.url for site in sites])))
        seconds = time.monotonic() - start
        came = [result.data if isinstance(result, Record) else result.reason for result in results]
        asked = Counter(site.url + path for site in sites for path in site.log)
    return dict(zip(urls, came, strict=True)), wanted, asked, seconds


def _around(root, sites):
    return CollectContext(
        internet=Internet(google="http://127.0.0.1", kaggle=None, local=tuple(sites)),
        fetching=Collect(workers=WORKERS, timeout=TIMEOUT, max_bytes=LIMIT, per_host=WORKERS, per_second=100_000.0),
        root=root,
        previous=root / "previous",
        spool=root / "spool",
        ledger=root / "ledger.sqlite",
        cache=root / "cache",
    )


def main():
    count = int(sys.argv[1])
    each = count * 3 // 10 // HOSTS // len(FAULTS)
    good = count // HOSTS - each * len(FAULTS)
    with tempfile.TemporaryDirectory() as root:
        came, wanted, asked, seconds = collect_through(Path(root), good, each)
    outcomes = Counter(outcome if isinstance(outcome, str) else "fetched" for outcome in came.values())
    print(
        json.dumps(
            {
                "addresses": len(wanted),
                "faulty": HOSTS * each * len(FAULTS),
                "requests": asked.total(),
                "seconds": round(seconds, 1),
                "wrong": sum(came[url] != wanted[url] for url in wanted),
                "outcomes": dict(sorted(outcomes.items())),
            }
        )
    )


if __name__ == "__main__":
    main()
