"""Raw data of sources: what is there already, what leaves the workspace and is kept, and what comes back.

A folder of a source that params.yaml has lost must not stay where stages read all sources: a clone does not have it,
and would build everything again. What was collected is not lost by that: it goes only where DVC's cache holds it.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.config.params import Params, parse_source
from pipeline.raw_data.dvc_store import check_out, find_cache, hash_path, holds_folder, read_locked
from pipeline.records.shards import DEFINITION
from pipeline.runtime.errors import TouchstoneError
from pipeline.runtime.paths import PARAMS, Paths
from pipeline.storage.files import read_json, replacing_folder, write_json

Definition = Mapping[str, Any]


def is_collected(paths: Paths, params: Params, name: str) -> bool:
    """Return whether what a source is was collected already, or more of it: a lowered limit takes nothing away.

    What an earlier version collected, which did not note what the source was, is what dvc.lock says of it.
    """
    folder = paths.collected(name)
    if not folder.exists():
        return False
    now = params.definition(name)
    if not (folder / DEFINITION).exists():
        write_json(folder / DEFINITION, _read_locked_definition(paths.root, name) or now)
    return _covers(read_json(folder / DEFINITION), now)


def _covers(was: Definition, now: Definition) -> bool:
    """Return whether what a source was gives all that it is to give now.

    >>> _covers({"query": "cats", "limit": 60}, {"query": "cats", "limit": 30})
    True
    """
    return {**was, "limit": None} == {**now, "limit": None} and now.get("limit", 0) <= was.get("limit", 0)


def _read_locked_definition(root: Path, name: str) -> Definition | None:
    params = read_locked(root, f"collect@{name}").get("params", {}).get(PARAMS, {})
    try:
        source = parse_source(PARAMS, name, params[f"sources.{name}"])
        return source.definition() | ({"internet": params["internet"]} if source.kind.online else {})
    except (KeyError, TypeError, TouchstoneError):
        return None


def put_away(paths: Paths, name: str) -> Path | None:
    """Take what was collected of a source out of the workspace.

    It is deleted if DVC's cache holds it whole, and moved otherwise; then the place is given where it is now.
    """
    folder = paths.collected(name)
    if _held_by_dvc(paths.root, name) == hash_path(folder):
        shutil.rmtree(folder)
        return None
    target = paths.removed(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1_000_000):  # What was put away before, under the same name, stays.
        if not target.exists():
            break
        target = paths.removed(f"{name}.{number}")
    return folder.rename(target)


def bring_back(paths: Paths, name: str) -> str | None:
    """Bring back what was collected of a source before it left params.yaml; tell from where, None if there is none."""
    folder, away = paths.collected(name), paths.removed(name)
    if folder.exists():
        return None
    folder.parent.mkdir(parents=True, exist_ok=True)
    if away.exists():
        away.rename(folder)
        return away.relative_to(paths.root).as_posix()
    md5 = _held_by_dvc(paths.root, name)
    if md5 is None:
        return None
    with replacing_folder(folder) as new:
        check_out(find_cache(paths.root), md5, new)
    return "DVC's cache"


def _held_by_dvc(root: Path, name: str) -> str | None:
    """Return the hash of what was collected of a source last, if DVC's cache holds all of it."""
    outs = read_locked(root, f"collect@{name}").get("outs", [])
    md5 = next((out["md5"] for out in outs if out["path"] == f"datasets/collected/{name}"), None)
    if md5 is None or not (root / ".dvc").is_dir():
        return None
    return md5 if holds_folder(find_cache(root), md5) else None
