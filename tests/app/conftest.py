import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import uvicorn

from app.api.service import OWN_NAMES, make_service
from app.checking.detector_service import DetectorService
from collectors.google.browser import open_browser
from tests.app.looking import Looker
from tests.pipeline import conftest as stages

#: The project that the stages' own tests look at, too.
trained = stages.trained


@pytest.fixture(scope="session")
def detectors(trained):
    return DetectorService(trained.paths.root)


@contextmanager
def serving(detectors, per_minute=10_000, names=OWN_NAMES):
    """A real server on a free port: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(make_service(detectors, per_minute, names), log_config=None))
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
def address(detectors):
    with serving(detectors) as url:
        yield url


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@dataclass(frozen=True)
class App:
    """The browser app as it runs: its address and process, its project, its folder for temporary files."""

    address: str
    pid: int
    root: Path
    temporary: Path


@contextmanager
def running_app(root, temporary):
    """The browser app on a project, as a user starts it."""
    port = free_port()
    command = [Path(sys.executable).with_name("touchstone"), "app", "--port", str(port)]
    with subprocess.Popen(command, cwd=root, env=os.environ | {"TMPDIR": str(temporary)}) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}", process)
            yield App(f"http://127.0.0.1:{port}", process.pid, root, temporary)
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
def two_recipes(trained, tmp_path_factory):
    """The root of that project with a second recipe, ``other``, trained like the first."""
    root = tmp_path_factory.mktemp("project") / "project"
    shutil.copytree(trained.paths.root, root)
    for folder in (root / "results", root / "datasets" / "split"):
        shutil.copytree(folder / "tiny", folder / "other")
    shutil.copy(root / "recipes" / "tiny.yaml", root / "recipes" / "other.yaml")
    params = root / "params.yaml"
    params.write_text(params.read_text().replace("  - tiny", "  - tiny\n  - other"))
    return root


@pytest.fixture(scope="session")
def running(two_recipes, tmp_path_factory):
    with running_app(two_recipes, tmp_path_factory.mktemp("temporary")) as app:
        yield app


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests of this process."""
    with open_browser() as driver:
        yield driver


@pytest.fixture
def look(browser, running):
    """A person at the browser app, with a desktop's screen."""
    return Looker(browser, running.address)
