import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from collectors.google.browser import open_browser
from pipeline.runtime.errors import BrowserError

KEEP_OPEN = """
import time
from collectors.google.browser import open_browser
with open_browser():
    print("open", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def temporary(monkeypatch):
    """A folder of this test's own for the profiles of its browsers: others' browsers come and go meanwhile."""
    # Not pytest's, whose name is longer than the addresses of sockets may be.
    with tempfile.TemporaryDirectory(prefix="b", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield folder


def run(**environment):
    command = [sys.executable, "-m", "collectors.google.browser"]
    environment = {**os.environ, **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_set_up_shows_which_browser_is_used():
    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("browser: /")
    assert ", driver: /" in done.stdout


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"CHROME": "/nowhere/chrome"}, "CHROME=/nowhere/chrome: no such program"),
        ({"CHROMEDRIVER": "/nowhere/driver"}, "CHROMEDRIVER=/nowhere/driver: no such program"),
        ({"CHROMEDRIVER": "/bin/false"}, "does not start"),
    ],
)
def test_what_is_missing_is_said_in_one_line_with_its_exit_code(environment, words):
    done = run(**environment)
    assert done.returncode == BrowserError.exit_code
    (line,) = done.stderr.splitlines()
    assert words in line
    assert "apt-get install chromium chromium-driver" in line


def test_every_browser_is_fresh_and_closed_in_the_end(site, temporary):
    for _ in range(2):
        with open_browser() as driver:
            driver.get(site.url)
            assert driver.get_cookies() == []
            driver.add_cookie({"name": "a", "value": "b"})
            width, height = driver.execute_script("return [outerWidth, outerHeight]")
            assert (width, height) == (1280, 1600)
            assert browsers(temporary)
    assert not browsers(temporary)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_a_killed_run_leaves_no_browser_behind(temporary):
    with subprocess.Popen([sys.executable, "-c", KEEP_OPEN], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "open\n"
        assert browsers(temporary)
        os.kill(run.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while browsers(temporary) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not browsers(temporary)


def browsers(temporary):
    """Give the processes of browsers whose profile is in a folder."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # It may end while it is asked.
            if f"--user-data-dir={temporary}/touchstone-browser-".encode() in path.read_bytes():
                found.add(path.parent.name)
    return found
