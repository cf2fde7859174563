"""The browser app's pages on a large project: what a person waits for in a real Chromium, and the server's memory.

    python benchmarks/browse.py --project PROJECT [--quick]

Starts `touchstone app` on a project that is built at least to its split, opens each look of the page "Data" and, where
a recipe is trained, each view of "Models", by clicks and by address; sets filters, turns pages, opens passports. Each
wait is from the click until what was asked for is there, Streamlit is at rest and every picture is drawn.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median

import psutil
from selenium.webdriver.common.keys import Keys

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from collectors.google.browser import open_browser  # noqa: E402
from tests.app.conftest import App, running_app  # noqa: E402
from tests.app.looking import Looker  # noqa: E402

#: The looks of each page, and words that only they show; the first is shown when the page is opened.
PAGES = {
    "data": {
        "Funnel": "shown in an epoch",
        "Browse": "Open by id",
        "Duplicates": "bits of their hashes",
        "Shortcuts": "How well each thing alone",
        "Balance": "in no split of this recipe",
    },
    "models": {
        "Compare": "it is no measurement of ours",
        "Curves": "In numbers",
        "Damage": "after each kind of damage",
        "Threshold": "do not choose it here",
        "History": "touchstone diff",
    },
}

DRAWN = "return [...document.querySelectorAll('.gallery img, .portrait')].every(i => i.complete && i.naturalWidth)"


class Watch:
    """Times what a person does, and what processors have to do for it: the server, the browser and this process."""

    def __init__(self, look: Looker, server: psutil.Process) -> None:
        self.look = look
        self.waits: dict[str, list[float]] = {}
        self.work: dict[str, list[float]] = {}
        self._processes = (server, psutil.Process())

    def time(self, name: str, act: Callable[[], object], seen: Callable[[], object]) -> None:
        """Do something, and wait until what it leads to is there and at rest."""
        start, done = time.perf_counter(), self._count()
        act()
        self.look.wait(seen)
        self.look.rest()
        self.look.wait(lambda: self.look.driver.execute_script(DRAWN))
        self.waits.setdefault(name, []).append(time.perf_counter() - start)
        self.work.setdefault(name, []).append(self._count() - done)

    def _count(self) -> float:
        """Sum up the processors' seconds of all processes that there are now."""
        seconds = 0.0
        for process in (each for parent in self._processes for each in (parent, *parent.children(recursive=True))):
            with suppress(psutil.Error):
                seconds += sum(process.cpu_times()[:2])
        return seconds


def button(look: Looker, text: str) -> Callable[[], None]:
    """Click the button that says something."""
    return lambda: next(each for each in look.find("button") if each.text == text).click()


def keys(look: Looker) -> list[str]:
    """Name the pictures that are shown."""
    script = "return [...document.querySelectorAll('.gallery a')].map(a => a.dataset.key)"
    return look.driver.execute_script(script)


def browse(watch: Watch, look: Looker) -> None:
    """Turn pages, filter, open a passport and close it."""
    watch.time("Browse by address", lambda: look.open("data?look=Browse"), lambda: keys(look))
    for _ in range(3):
        before = keys(look)
        watch.time(
            "next page",
            look.find("button[aria-label='Next page']")[0].click,
            lambda b=before: keys(look) != b,
        )
    before = keys(look)
    last = look.find("[data-testid=stPaginationPage]")[-1]
    watch.time("last page", last.click, lambda: keys(look) != before)
    for filters in ("label=FAKE&place=train&page=400", "place=dropped", "label=REAL&place=test"):
        watch.time("filtered, by address", lambda f=filters: look.open(f"data?look=Browse&{f}"), lambda: keys(look))
    before = keys(look)
    box = look.find("input[aria-label='Class']")[0]

    def choose() -> None:
        box.click()
        box.send_keys(Keys.CONTROL + "a")
        box.send_keys("FAKE", Keys.ENTER)

    watch.time("filter by hand", choose, lambda: keys(look) != before)
    for place in (3, 20, 40):
        watch.time(
            "open a passport", look.find(".gallery a")[place].click, lambda: look.find("[role=dialog] .passport")
        )
        escape = look.driver.switch_to.active_element
        watch.time("close it", lambda e=escape: e.send_keys(Keys.ESCAPE), lambda: not look.find("[role=dialog]"))


def measure(app: App, trained: bool, rounds: int) -> tuple[Watch, list[str]]:
    """Look at everything some times; give what it took, and what the console said."""
    with open_browser() as driver:
        look = Looker(driver, app.address)
        watch = Watch(look, psutil.Process(app.pid))
        for _ in range(rounds):
            for page, looks in PAGES.items():
                if page == "data" or trained:
                    (first, words), *others = looks.items()
                    watch.time(f"{first}, by address", lambda p=page: look.open(p), lambda w=words: w in look.text)
                    for name, told in others:
                        watch.time(name, button(look, name), lambda w=told: w in look.text)
            browse(watch, look)
        return watch, look.errors()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="one round in place of five")
    options = parser.parse_args()
    trained = any((options.project / "results").glob("*/predictions.parquet"))
    with tempfile.TemporaryDirectory() as temporary, running_app(options.project.resolve(), temporary) as app:
        process = psutil.Process(app.pid)
        before = process.memory_info().rss / 2**20
        watch, errors = measure(app, trained, 1 if options.quick else 5)
        after = process.memory_info().rss / 2**20
    found = {
        name: {"median": median(times), "longest": max(times), "work": median(watch.work[name])}
        for name, times in watch.waits.items()
    }
    print("seconds                    median  longest  of processors, median")
    for name, took in found.items():
        print(f"{name:24} {took['median']:8.2f} {took['longest']:8.2f} {took['work']:8.2f}")
    print(f"server's memory: {before:,.0f} MiB at first, {after:,.0f} MiB at the end; errors in the console: {errors}")
    print(json.dumps({"seconds": found, "mib_before": before, "mib_after": after, "errors": len(errors)}))


if __name__ == "__main__":
    main()
