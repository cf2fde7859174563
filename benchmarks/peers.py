"""Peers that ours are measured against, each in a virtual environment of its own."""

import subprocess
import sys
import time
import venv
from pathlib import Path

from pipeline.runtime.paths import cache_folder

#: imagededup fetches a network's weights when it is imported. Its hashes need none, and no internet.
IMAGEDEDUP = "imagededup==0.3.3"
IMAGEDEDUP_WITHOUT_CNN = """
import sys, types
sys.modules["imagededup.methods.cnn"] = types.SimpleNamespace(CNN=None)
"""


def peer_python(requirement: str) -> Path:
    """Return the Python of an environment that has ``imagededup==0.3.3``, or the like; made once, then kept."""
    folder = cache_folder() / "peers" / requirement.replace("==", "-")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    ready = folder / "ready"
    if not ready.exists():
        print(f"installing {requirement} into an environment of its own", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", requirement], check=True)
        ready.touch()
    return python


def run_peer(requirement: str, script: str, *arguments: str) -> tuple[str, float]:
    """Run a script under a peer's Python; give what it printed last, and its wall time, start-up included."""
    python = peer_python(requirement)
    start = time.perf_counter()
    done = subprocess.run([python, "-c", script, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip().splitlines()[-1], time.perf_counter() - start
