"""Run the command line in a process of its own, and tell what it took."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-P", "-c", "from touchstone.cli import main; main()"]

#: A process is charged with the memory of the one that starts it. This one has 10 MiB, and a benchmark gigabytes.
LAUNCHER = """
import os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, status)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one question took: seconds, seconds of CPU, and MiB at its peak."""

    seconds: float
    cpu: float
    peak: int


def ask(root: Path, *words: str) -> Run:
    """Run the command line in a project."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(root / "bytecode")}
    # Whoever installs a package has its bytecode.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    launch = [sys.executable, "-S", "-c", LAUNCHER, *COMMAND, *words]
    told = subprocess.run(launch, cwd=root, env=environment, capture_output=True, text=True, check=True)
    seconds, cpu, peak, status = told.stdout.split()
    if status != "0":
        raise SystemExit(f"touchstone {' '.join(words)}: exit status {status}")
    return Run(float(seconds), float(cpu), int(peak))
