"""What the weights of a training follow from, besides the recipe: pictures, code and environment, as facts to keep."""

import hashlib
import platform
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.training.devices import choose_precision
from pipeline.training.feeding import TrainingPictures
from pipeline.training.train_settings import Train

#: The packages that compute.
PACKAGES = ("touchstone", "keras", "tensorflow", "numpy")


def collect_facts(sets: Sequence[TrainingPictures]) -> dict[str, Any]:
    """Digest pictures with their labels, and the code that trains; list what it runs on.

    A revision of git would say less: it changes with every text, and not with what is edited but not committed.
    """
    data, code = hashlib.sha256(), hashlib.sha256()
    for pictures in sets:
        for array in (pictures.pixels, pictures.labels):
            data.update(str(array.shape).encode())
            data.update(np.ascontiguousarray(array).data)
    for file in code_files():
        code.update(file.read_bytes())
    environment = {"python": platform.python_version(), "machine": platform.machine()}
    environment["auto_precision"] = choose_precision(Train())
    environment |= {package: _version(package) for package in PACKAGES}
    return {"data": data.hexdigest(), "code": code.hexdigest(), "environment": environment}


def code_files() -> list[Path]:
    """List the modules that change pictures online, build networks and train them."""
    folder = Path(__file__).parents[1]
    parts = [file for part in ("changes", "models", "training") for file in (folder / part).glob("*.py")]
    return sorted([*parts, folder / "train.py"])


def _version(package: str) -> str:
    """Return a package's version; TensorFlow's has another name in the one that lacks CUDA."""
    names = (package, "tensorflow-cpu") if package == "tensorflow" else (package,)
    found = []
    for name in names:
        with suppress(PackageNotFoundError):
            found.append(version(name))
    return found[0] if found else "not installed"
