"""What is made to take minutes, sent to a service as users start it: it serves others meanwhile, and can be ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from pipeline.decoding.decoder import PLACES
from tests.app.conftest import free_port
from tests.factories import encode, make_endless, make_image

ENDLESS = make_endless()
GOOD = encode(make_image(1))

#: Seconds in which others are to be served; on a busy machine, in times of what it took before.
SERVED, TIMES = 2.0, 4.0


@contextmanager
def running_service(root):
    port = free_port()
    command = [Path(sys.executable).with_name("touchstone"), "serve", "--port", str(port), "--per-minute", "10000"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_until_up(port, process)
            yield port, process
        finally:
            process.kill()


def _wait_until_up(port, process):
    while process.poll() is None:
        try:
            if requests.get(f"http://127.0.0.1:{port}/v1/health", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    pytest.fail("the service ended")


def ask(port):
    """Have a good picture judged: the seconds that it took."""
    start = time.monotonic()
    answer = requests.post(f"http://127.0.0.1:{port}/v1/check", files={"files": ("a.jpg", GOOD)}, timeout=60).json()
    assert answer["results"][0]["judgement"]["called"] in ("REAL", "FAKE")
    return time.monotonic() - start


def attack(port, files=1):
    """Send pictures that take minutes; give the connection, on which nobody waits for an answer yet."""
    request = requests.Request(
        "POST", f"http://127.0.0.1:{port}/v1/check", files=[("files", ("b.jpg", ENDLESS))] * files
    ).prepare()
    connection = socket.create_connection(("127.0.0.1", port))
    lines = ["POST /v1/check HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + request.body)
    return connection


@pytest.mark.skipif(os.name != "posix", reason="there are no limits on Windows")
def test_others_are_served_while_somebody_sends_what_takes_minutes(trained):
    with running_service(trained.paths.root) as (port, process):
        calm = max(ask(port) for _ in range(3))
        soon = max(SERVED, TIMES * calm)
        connections = [attack(port) for _ in range(PLACES)]
        time.sleep(1)  # All places are taken, or will be.
        for connection in connections:
            connection.close()
        assert max(ask(port) for _ in range(5)) < soon, "the clients have gone"
        waiting = [attack(port), attack(port, files=9)]
        assert max(ask(port) for _ in range(5)) < soon, "two wait for their answers"
        process.send_signal(signal.SIGTERM)
        start = time.monotonic()
        process.wait(60)
        assert time.monotonic() - start < 15
        for connection in waiting:
            connection.close()
