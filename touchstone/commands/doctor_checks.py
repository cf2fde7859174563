"""What ``touchstone doctor`` looks at, one function per thing. None of them changes anything."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.runtime.errors import BrowserError, TouchstoneError

if TYPE_CHECKING:
    from pipeline.config.params import Params

Status = Literal["ok", "warning", "missing"]

GIB = 2**30

#: The default data set with all that is made of it and DVC's cache takes 1 GiB; real CIFAKE about 4.
ENOUGH_DISK = 5 * GIB
ENOUGH_MEMORY = 4 * GIB


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One thing that was looked at. ``missing`` stops the project as it is configured, a ``warning`` does not."""

    name: str
    status: Status
    detail: str
    remedy: str | None = None
    exit_code: int = 0


def run_checks() -> Iterator[HealthCheck]:
    """Look at everything, one thing after the other, with the params of the project around this folder."""
    yield check_python()
    root, params, project = check_project()
    yield project
    collectors = {source.collector for source in params.sources.values()} if params else set()
    internet = params.internet if params else None
    yield check_browser("google_images" in collectors)
    yield check_package("kaggle", "the kaggle client")
    yield check_credentials(internet == "live" and "kaggle" in collectors)
    yield check_sandbox(params is not None and bool(params.sandboxed(params.sources)))
    yield check_disk(root)
    yield check_memory()
    yield check_tensorflow()
    yield check_dvc(root)


def check_project() -> "tuple[Path, Params | None, HealthCheck]":
    """Read params.yaml and the recipes: the project's folder, its params if they are right, and the check."""
    from pipeline.config.project import load_project
    from pipeline.runtime.paths import PARAMS, find_root

    try:
        root = find_root()
    except TouchstoneError as error:
        # Nothing to mend: `predict --model` works anywhere.
        return Path.cwd(), None, HealthCheck(PARAMS, "warning", str(error))
    try:
        params, _ = load_project(root)
    except TouchstoneError as error:
        return root, None, HealthCheck(PARAMS, "missing", str(error), exit_code=error.exit_code)
    what = f"sources: {len(params.sources)}, recipes: {len(params.recipes)}, internet: {params.internet}"
    return root, params, HealthCheck(PARAMS, "ok", what)


def check_python() -> HealthCheck:
    """Python, 3.11 to 3.13."""
    found = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return HealthCheck("python", "ok", found)
    return HealthCheck(
        "python", "missing", f"{found}, 3.11 to 3.13 wanted", "run make with PYTHON=python3.12", exit_code=1
    )


def check_browser(needed: bool) -> HealthCheck:
    """Start the browser that google_images collects with."""
    from collectors.google.browser import find_browser, open_browser

    try:
        browser = find_browser()
        with open_browser() as driver:
            facts = driver.capabilities
        found = f"{browser.binary} {facts['browserVersion']}"
        chromedriver = facts["chrome"]["chromedriverVersion"].split()[0]
        return HealthCheck("browser", "ok", f"{found}, driver {browser.driver} {chromedriver}")
    except BrowserError as error:
        return HealthCheck("browser", "missing" if needed else "warning", str(error), exit_code=error.exit_code)


def check_package(name: str, what: str) -> HealthCheck:
    """Return the version of an installed package."""
    try:
        return HealthCheck(name, "ok", f"{what} {version(name)}")
    except PackageNotFoundError:
        return HealthCheck(name, "missing", f"{what} is not installed", f"pip install {name}", exit_code=1)


def check_credentials(needed: bool) -> HealthCheck:
    """Look where the kaggle client looks. Whether Kaggle accepts them shows when it is asked."""
    from collectors.kaggle.kaggle_collector import GET_CREDENTIALS

    found = next(_credentials(), None)
    if found:
        return HealthCheck("credentials", "ok", f"Kaggle's are in {found}")
    if not needed:
        return HealthCheck("credentials", "ok", "none for Kaggle, and none needed as params.yaml stands")
    return HealthCheck("credentials", "warning", "none for Kaggle; public data sets need none", GET_CREDENTIALS)


def _credentials() -> Iterator[str]:
    """Return the places that hold credentials, in the client's order; never what they are."""
    if os.environ.get("KAGGLE_API_TOKEN"):
        yield "KAGGLE_API_TOKEN"
    if os.environ.get("KAGGLE_USERNAME") and os.environ.get("KAGGLE_KEY"):
        yield "KAGGLE_USERNAME and KAGGLE_KEY"
    home = Path.home() / ".kaggle"
    elsewhere = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "kaggle"
    config = Path(os.environ.get("KAGGLE_CONFIG_DIR") or (home if home.is_dir() else elsewhere))
    files = (home / "access_token", home / "access_token.txt", config / "kaggle.json", home / "credentials.json")
    yield from (_from_home(file) for file in files if file.is_file())


def _from_home(path: Path) -> str:
    home = Path.home()
    return str(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else str(path)


def check_sandbox(needed: bool) -> HealthCheck:
    """Return whether the sandbox's pictures were made already."""
    from collectors.sandbox.build import version as state
    from pipeline.runtime.paths import cache_folder

    folder = cache_folder() / "sandbox" / state()
    if folder.is_dir():
        return HealthCheck("sandbox", "ok", f"its pictures are in {_from_home(folder)}")
    return HealthCheck(
        "sandbox", "ok", "its pictures are made " + ("by the next `dvc repro`, once" if needed else "if needed")
    )


def check_disk(root: Path) -> HealthCheck:
    """Room for the data, what is made of it, and DVC's cache."""
    free = shutil.disk_usage(root).free
    detail = f"{free / GIB:.1f} GiB free"
    if free >= ENOUGH_DISK:
        return HealthCheck("disk", "ok", detail)
    return HealthCheck(
        "disk", "warning", detail, f"have {ENOUGH_DISK // GIB} GiB; `dvc gc -w` removes old versions of the data"
    )


def check_memory() -> HealthCheck:
    """What the machine has, not what is free now."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return HealthCheck("memory", "warning", "this system does not tell")
    status: Status = "ok" if memory >= ENOUGH_MEMORY else "warning"
    return HealthCheck("memory", status, f"{memory / GIB:.1f} GiB, {os.cpu_count()} processors")


def check_tensorflow() -> HealthCheck:
    """Import TensorFlow in a process of its own: on a processor that lacks what it was built for, it crashes."""
    command = [sys.executable, "-c", "import tensorflow; print(tensorflow.__version__)"]
    # At level 0 TensorFlow says on stderr whether oneDNN is on. There is no public function that does.
    environment = {"TF_ENABLE_ONEDNN_OPTS": "1", **os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603
    if run.returncode:
        last = (run.stderr.strip().splitlines() or [f"ended by signal {-run.returncode}"])[-1]
        return HealthCheck(
            "tensorflow", "missing", f"does not import ({last})", "see tensorflow.org/install", exit_code=1
        )
    onednn = "on" if "oneDNN custom operations are on" in run.stderr else "off"
    return HealthCheck("tensorflow", "ok", f"{run.stdout.strip()}, oneDNN {onednn}")


def check_dvc(root: Path) -> HealthCheck:
    """DVC, and the git repository that it wants unless it was told to do without."""
    check = check_package("dvc", "DVC")
    config = root / ".dvc" / "config.local"
    alone = config.is_file() and "no_scm = true" in config.read_text(encoding="utf-8").lower()
    if check.status != "ok" or alone or not (root / ".dvc").is_dir() or (root / ".git").exists():
        return check
    remedy = "git init, or: dvc config --local core.no_scm true"
    return HealthCheck("dvc", "missing", f"{check.detail}, but this project is no git repository", remedy, exit_code=1)
