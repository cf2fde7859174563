"""One collection, killed and stopped again and again at random moments, and what its server saw."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from collectors.http.spool import Spool
from pipeline.records.shards import iterate_rows
from pipeline.runtime.paths import Paths
from tests.collectors import local_server
from tests.factories import encode, make_image

HERE = Path(__file__).parents[2]
PICTURES, WORKERS = 400, 8

PARAMS = """
sources:
  listed: {{collector: url_list, path: list.csv, label: REAL}}
  other: {{collector: url_list, path: list.csv, label: FAKE}}
collect: {{workers: {workers}, processes: {processes}, timeout: 10.0}}
recipes: [four_layer_cnn]
"""

#: Collects in the folder that each line names, in a process of its own, and says its number and then how it ended.
#: Forked, because that takes no imports, which would be most of the time of a collection that is killed at once.
COLLECT = """
if __name__ == "__main__":
    import os, signal, sys
    from contextlib import nullcontext
    from pathlib import Path
    from collectors.lists import url_list
    from collectors import registry
    from collectors.gathering import gather
    from collectors.http.context import Internet
    from collectors.gathering.collecting import collect_source
    from pipeline.runtime.stage import run_command
    # Ctrl-C is heard, even if these tests run in the background of a shell that ignores it for them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gather.connect = lambda kind, cache: nullcontext(Internet(google=sys.argv[1], kaggle=None, local=(sys.argv[1],)))
    for folder in iter(sys.stdin.readline, ""):
        number = os.fork()
        if number == 0:
            os.setpgid(0, 0)
            try:
                run_command(lambda: collect_source("listed", Path(folder.strip())))
            except SystemExit as end:
                os._exit(end.code)
            os._exit(0)
        print(number, flush=True)
        print(os.waitpid(number, 0)[1], flush=True)
"""


class Server:
    """Serves pictures slowly. ``asked`` counts requests, ``taken`` those that the client has certainly got.

    A server cannot know that an answer has arrived, but a client that asks for the next picture on the same connection
    has the last one.
    """

    def __init__(self, pictures):
        self.asked, self.taken, lock, server = Counter(), Counter(), threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            last = None

            def do_GET(self):
                if self.path == "/robots.txt":
                    self.answer(404, b"")
                    return
                with lock:
                    server.asked[self.path] += 1
                    server.taken[self.last] += 1
                time.sleep(0.004)
                self.last = self.path
                self.answer(200, pictures[int(self.path[1:-4])])

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.http = local_server.Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@contextmanager
def collecting(folder, url):
    """Run the process that collects what it is told to."""
    script = folder / "collect.py"
    script.write_text(COLLECT)
    environment = {**os.environ, "PYTHONPATH": str(HERE), "TOUCHSTONE_CACHE": str(folder / "cache")}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, str(script), url], env=environment, **pipes)
    try:
        yield process
    finally:
        process.stdin.close()
        assert process.wait(30) == 0


def start(process, folder):
    process.stdin.write(f"{folder}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def make_project(folder, url, processes):
    (folder / "recipes").mkdir(parents=True)
    (folder / "recipes" / "four_layer_cnn.yaml").write_bytes((HERE / "recipes" / "four_layer_cnn.yaml").read_bytes())
    (folder / "params.yaml").write_text(PARAMS.format(workers=WORKERS, processes=processes))
    (folder / "list.csv").write_text("url\n" + "".join(f"{url}/{number}.jpg\n" for number in range(PICTURES)))
    return folder


def rows(folder):
    return [(row["rank"], row["id"], row["image_url"]) for row in iterate_rows(Paths(folder).collected("listed"))]


@pytest.mark.parametrize(("kills", "processes"), [(20, 1), (3, 2)])
def test_kills_lose_nothing_and_nothing_is_fetched_again(tmp_path, kills, processes):
    server, chance = Server([encode(make_image(number, 24, 24)) for number in range(PICTURES)]), random.Random(kills)
    project = make_project(tmp_path / "killed", server.url, processes)
    kept, spool = {}, Spool(Paths(project).spool("listed"))
    with collecting(tmp_path, server.url) as process:
        for _ in range(kills):
            goal = server.asked.total() + chance.randrange(1, PICTURES // kills)
            number = start(process, project)
            while server.asked.total() < goal:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.01))
            os.killpg(number, signal.SIGKILL)
            assert int(process.stdout.readline()) == signal.SIGKILL
            time.sleep(0.05)
            kept |= {facts.url: server.asked[facts.url.removeprefix(server.url)] for facts in spool.facts()}
        start(process, project)
        assert int(process.stdout.readline()) == 0
        asked, taken = server.asked.copy(), server.taken.copy()
        undisturbed = make_project(tmp_path / "undisturbed", server.url, processes)
        start(process, undisturbed)
        assert int(process.stdout.readline()) == 0

    assert rows(project) == rows(undisturbed)
    assert len(rows(project)) == PICTURES
    # What was on disk when the process died is not asked for again, nor is anything that the server knows to be there.
    assert {url: asked[url.removeprefix(server.url)] for url in kept} == kept
    assert max(count for path, count in taken.items() if path is not None) == 1
    # The rest was on its way: asked for, and not there yet.
    assert asked.total() - PICTURES <= kills * WORKERS
    assert not Paths(project).spool("listed").exists()


@pytest.mark.parametrize(
    ("sign", "processes"), [(signal.SIGINT, 1), (signal.SIGTERM, 1), (signal.SIGINT, 2), (signal.SIGTERM, 2)]
)
def test_stops_keep_what_is_on_its_way(tmp_path, sign, processes):
    """As a terminal and a service manager send them: to all processes. Every picture is asked for once, and kept."""
    stops = 6 // processes
    server, chance = Server([encode(make_image(number, 24, 24)) for number in range(PICTURES)]), random.Random(sign)
    project = make_project(tmp_path / "stopped", server.url, processes)
    with collecting(tmp_path, server.url) as process:
        for _ in range(stops):
            goal = server.asked.total() + chance.randrange(1, PICTURES // stops)
            number = start(process, project)
            while server.asked.total() < goal:
                time.sleep(0.001)
            os.killpg(number, sign)
            assert os.waitstatus_to_exitcode(int(process.stdout.readline())) == 128 + sign
            # All that the server was asked for has come, and is on file.
            assert sum(1 for _ in Spool(Paths(project).spool("listed")).facts()) == server.asked.total()
        start(process, project)
        assert int(process.stdout.readline()) == 0
    assert set(server.asked.values()) == {1}
    assert len(rows(project)) == PICTURES
