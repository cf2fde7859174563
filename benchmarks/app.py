"""The browser app in a real Chromium: how soon it is up, how soon pages and verdicts are there, and what it takes.

    python benchmarks/app.py --project DIR [--uploads 200] [--quick]

Starts `touchstone app` on a project that has been built, uploads pictures of 1600x1200 one by one, each before a fresh
page, then all of them without leaving the page, so that the server holds all of them at once; and opens each page anew
several times. A verdict is there when all that is said of the picture is.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.pages import PAGES  # noqa: E402
from app.pages.check import EACH as SHOWN  # noqa: E402
from collectors.google.browser import open_browser  # noqa: E402
from tests.app.conftest import running_app  # noqa: E402
from tests.app.looking import Looker  # noqa: E402

OPENED, SINGLE, AT_ONCE = 5, 10, 10


class Memory:
    """The most that a process and those that it started took, in MiB."""

    def __init__(self, process: psutil.Process) -> None:
        self.peak = 0.0
        self._process = process
        threading.Thread(target=self._watch, daemon=True).start()

    def now(self) -> float:
        """Measure what it takes now: resident, shared libraries included."""
        processes = [self._process, *self._process.children(recursive=True)]
        return sum(each.memory_info().rss for each in processes) / 2**20

    def _watch(self) -> None:
        while self._process.is_running():
            try:
                self.peak = max(self.peak, self.now())
            except psutil.Error:
                return
            time.sleep(0.2)


def draw(folder: Path, count: int) -> list[Path]:
    """Write distinct pictures of 1600x1200: smooth noise with grain, as large as photographs are as files."""
    files = []
    for number in range(count):
        noise = np.random.default_rng(number)
        smooth = Image.fromarray(noise.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize((1600, 1200))
        grain = noise.normal(0, 6, (1200, 1600, 1))
        pixels = np.clip(np.asarray(smooth) + grain, 0, 255).astype(np.uint8)
        files.append(folder / f"{number}.jpg")
        Image.fromarray(pixels).save(files[-1], quality=90)
    return files


def time_pages(look: Looker) -> dict[str, list[float]]:
    """Time each page from its address to its last element, in seconds; the first time is the server's first, too."""
    times: dict[str, list[float]] = {}
    for page in PAGES:
        for _ in range(OPENED):
            start = time.perf_counter()
            look.open(page.url_path)
            times.setdefault(page.title, []).append(time.perf_counter() - start)
    return times


def time_verdict(look: Looker, file: Path) -> float:
    """Time one upload before a fresh page until all is said of it, in seconds."""
    look.open("")
    look.wait(lambda: look.find("input[type=file]"))
    start = time.perf_counter()
    look.upload(file)
    look.wait_for_text("Stored again in")
    return time.perf_counter() - start


def wait_for_verdicts(look: Looker, count: int) -> None:
    """Wait until so many pictures have been looked at."""
    look.wait(lambda: look.text.count("Stored again in") >= count)
    look.rest()


def upload_many(look: Looker, files: list[Path]) -> float:
    """Upload files, some at a time, to one page, and wait until the newest are looked at: the seconds it took."""
    look.open("")
    start = time.perf_counter()
    for first in range(0, len(files), AT_ONCE):
        some = files[first : first + AT_ONCE]
        look.upload(*some)
        look.wait_for_text(some[-1].name)
        wait_for_verdicts(look, min(len(some), SHOWN))
    return time.perf_counter() - start


def measure(project: Path, uploads: int) -> dict[str, object]:
    """Run the app on a project and measure it."""
    with tempfile.TemporaryDirectory() as name:
        files, start = draw(Path(name), uploads), time.perf_counter()
        with running_app(project, Path(name)) as app, open_browser() as driver:
            started = time.perf_counter() - start
            memory, look = Memory(psutil.Process(app.pid)), Looker(driver, app.address)
            begun = memory.now()
            verdicts = [time_verdict(look, file) for file in files[:SINGLE]]
            uploading = upload_many(look, files)
            # What the other pages take is no part of what uploads take.
            peak = memory.peak
            pages = time_pages(look)
            return {
                "start_seconds": round(started, 1),
                "pages": {
                    title: {"first": times[0], "median": statistics.median(times)} for title, times in pages.items()
                },
                "verdict": {"first": verdicts[0], "median": statistics.median(verdicts), "slowest": max(verdicts)},
                "uploads": uploads,
                "upload_mib": round(sum(file.stat().st_size for file in files) / 2**20),
                "upload_seconds": round(uploading, 1),
                "start_mib": round(begun),
                "peak_mib": round(peak),
                "peak_with_pages_mib": round(memory.peak),
            }


def main() -> None:
    """Measure, print a table and the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, required=True, help="a project that has been built")
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="10 uploads")
    options = parser.parse_args()
    found = measure(options.project.resolve(), 10 if options.quick else options.uploads)
    print(f"up after {found['start_seconds']} s, with {found['start_mib']} MiB")
    for name, times in [*found["pages"].items(), ("a verdict", found["verdict"])]:
        print(f"{name:20} " + ", ".join(f"{which} {seconds:.2f} s" for which, seconds in times.items()))
    print(
        f"{found['uploads']} uploads ({found['upload_mib']} MiB) in {found['upload_seconds']} s: "
        f"at most {found['peak_mib']} MiB"
    )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
