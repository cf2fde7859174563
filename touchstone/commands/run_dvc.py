"""DVC, called as a command of its own by the verbs that collect."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.runtime.errors import TouchstoneError
from pipeline.runtime.paths import Paths

if TYPE_CHECKING:
    from pipeline.config.params import Params


def run_dvc(root: Path, *words: str) -> str:
    """Run DVC in a project and give what it prints.

    Raises:
        TouchstoneError: it fails.
    """
    # The stages are `python -m pipeline.STAGE`: this python.
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "dvc", *words]
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode:
        raise TouchstoneError(f"`dvc {' '.join(words)}` failed: {run.stderr.strip()}")
    return run.stdout


def commit_collected(paths: Paths, params: Params, name: str) -> bool:
    """Return DVC that what was collected of a source is what its stage gives; False where the source is another now.

    ``dvc repro`` then leaves it as it is, and goes on from there.
    """
    from pipeline.raw_data.kept_sources import is_collected

    if not is_collected(paths, params, name) or not (paths.root / ".dvc").is_dir():
        return False
    run_dvc(paths.root, "repro", "--quiet", "sources")
    run_dvc(paths.root, "commit", "--quiet", "--force", f"collect@{name}")
    return True
