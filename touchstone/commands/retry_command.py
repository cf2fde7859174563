"""``touchstone retry``: try again what a source could not fetch."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.runtime.console import reasons, show_json
from pipeline.runtime.errors import ParamsError, TouchstoneError


def retry(
    source: Annotated[str, typer.Argument(help="A name under `sources:` in params.yaml.")],
    cause: Annotated[
        list[str] | None, typer.Option(help="Only what failed for this reason; may be given more than once.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try again what the last collection of a source could not fetch, and nothing else.

    There is no new search. What was fetched stays as it is. DVC is told of the changed out, so that `dvc repro`
    goes on from there.

    \b
    Examples:
      touchstone retry animals
      touchstone retry animals --cause timeout --cause connection
      touchstone retry animals --json
    """
    from collectors.http.fetch_again import is_chosen, read_failed
    from pipeline.config.params import load_params
    from pipeline.runtime.paths import PARAMS, Paths, find_root

    root, causes = find_root(), frozenset(cause or [])
    if not load_params(root).source(source).fetched:
        raise ParamsError(PARAMS, f"sources.{source}.collector", "its pictures are not fetched one by one")
    failed = read_failed(Paths(root).collected(source))
    before = [row["reason"] for row in failed]
    tried = sum(is_chosen(row, causes) for row in failed)
    after, committed = _run(source, root, causes) if tried else (before, False)
    found = {"source": source, "tried": tried, "fetched": len(before) - len(after), "failed": _count(after)}
    if as_json:
        show_json(found | {"committed": committed})
    else:
        print(
            f"{source}: tried {tried:,} again, fetched {found['fetched']:,}; failed: {reasons(_count(after)) or '-'}"
        )
        if tried and not committed:
            print("DVC was not told, as params or code have changed since; `dvc repro` collects the source anew")


def _count(found: list[str]) -> dict[str, int]:
    return {reason: found.count(reason) for reason in sorted(set(found))}


def _run(source: str, root: Path, causes: frozenset[str]) -> tuple[list[str], bool]:
    """Try again, and give the reasons that are left, and whether DVC knows the new out."""
    from collectors.gather import gather
    from collectors.http.fetch_again import fetch_again, read_failed
    from pipeline.runtime.paths import Paths

    current = _is_current(source, root)
    gather(source, root, Paths(root).retry_spool(source), lambda context: fetch_again(causes, context))
    if current:
        _dvc(root, "commit", "--quiet", "--force", f"collect@{source}")
    return [row["reason"] for row in read_failed(Paths(root).collected(source))], current


def _is_current(source: str, root: Path) -> bool:
    """Tell whether DVC holds the out for that of today's params and code: only then may the new one replace it."""
    return (root / "dvc.lock").exists() and json.loads(_dvc(root, "status", "--json", f"collect@{source}")) == {}


def _dvc(root: Path, *words: str) -> str:
    command = [sys.executable, "-m", "dvc", *words]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode:
        raise TouchstoneError(f"`dvc {' '.join(words)}` failed: {run.stderr.strip()}")
    return run.stdout
