import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
import uvicorn

from app.desk import Desk
from app.service import make_service
from collectors.browser import open_browser
from tests.app.looking import Looker
from tests.pipeline import conftest as stages

#: The project that the stages' own tests look at, too.
trained = stages.trained


@pytest.fixture(scope="session")
def desk(trained):
    return Desk(trained.paths.root)


@contextmanager
def serving(desk, per_minute=10_000):
    """A real server on a free port: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(make_service(desk, per_minute), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{free.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def address(desk):
    with serving(desk) as url:
        yield url


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running_app(root, *options):
    """The browser app on a project, as a user starts it: its address."""
    port = free_port()
    command = [Path(sys.executable).with_name("touchstone"), "app", "--port", str(port), *options]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(command, cwd=root, env=environment) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(address, process):
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        with suppress(requests.ConnectionError):
            assert requests.get(f"{address}/_stcore/health", timeout=30).ok
            return
        time.sleep(0.05)
    raise AssertionError("touchstone app did not start")


@pytest.fixture(scope="session")
def app_address(trained):
    with running_app(trained.paths.root) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests of this process."""
    with open_browser() as driver:
        yield driver


@pytest.fixture
def look(browser, app_address):
    """A person at the browser app, with a desktop's screen."""
    return Looker(browser, app_address)
