"""Where a result comes from: the stages behind it, their params, versions of data, code and environment."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config.params import load_params
from pipeline.lineage.lock import Lock, LockedStage, drop_lost, git, producers, read_lock, walk_back
from pipeline.raw_data.dvc_store import LOCK, hash_listing, hash_path
from pipeline.runtime.errors import PathMissingError, TouchstoneError

#: Folders of code among the deps.
CODE = ("collectors/", "pipeline/")


@dataclass(frozen=True, slots=True)
class Origin:
    """What is behind one file. ``intact`` says whether it still is what the lock names.

    ``revision`` is the commit that recorded it, None where git does not know it yet; ``changed_code`` are the files
    of code that were others when the stages ran than they are there, or now in the working tree where it is None.
    """

    path: str
    stage: str
    md5: str
    intact: bool
    revision: str | None
    changed_code: tuple[str, ...]
    params: dict[str, dict[str, Any]]
    environment: dict[str, Any] | None
    stages: tuple[LockedStage, ...]


def find_origin(root: Path, path: Path) -> Origin:
    """Trace a file that a stage wrote back to all that it was made of.

    Raises:
        PathMissingError: no stage wrote it.
    """
    inside = path.resolve().relative_to(root) if path.resolve().is_relative_to(root) else path
    lock = drop_lost(read_lock(root), load_params(root).sources)
    made = next(producers(lock, inside.as_posix()), None)
    if made is None or not path.exists():
        outs = ", ".join(sorted(out.path for stage in lock.values() for out in stage.outs if "results/" in out.path))
        raise PathMissingError(path, "out of a stage", f"dvc.lock knows for example {outs or 'none yet'}")
    stage, out = made
    stages = walk_back(lock, {stage.name})
    revision = find_revision(root, stage)
    return Origin(
        path=inside.as_posix(),
        stage=stage.name,
        md5=out.md5,
        intact=hash_path(root / out.path) == out.md5,
        revision=revision,
        changed_code=tuple(find_changed_code(root, revision, stages)),
        params=_merge_params(stages),
        environment=read_environment(root, inside),
        stages=tuple(stages),
    )


def find_revision(root: Path, stage: LockedStage) -> str | None:
    """Find the commit that recorded a stage as it is locked now: the first of the last ones that agree on it."""
    found = None
    try:
        for revision in git(root, "log", "--format=%H", "--", LOCK).decode().split():
            if _lock_at(root, revision).get(stage.name) != stage:
                break
            found = revision
    except TouchstoneError:
        return None  # A project without git, or without a commit.
    return found


def _lock_at(root: Path, revision: str) -> Lock:
    try:
        return read_lock(root, revision)
    except TouchstoneError:
        return {}  # Damaged then: it agrees with nothing.


def find_changed_code(root: Path, revision: str | None, stages: Iterable[LockedStage]) -> list[str]:
    """List the code of stages that is not, at a revision or in the working tree, what they ran with."""
    used = {dep.path: dep.md5 for stage in stages for dep in stage.deps if dep.path.startswith(CODE)}
    return [path for path, md5 in sorted(used.items()) if _hash_at(root, revision, path) != md5]


def _hash_at(root: Path, revision: str | None, path: str) -> str | None:
    try:
        if revision is None:
            return hash_path(root / path)
        place = f"{revision}:./{path}"
        if git(root, "cat-file", "-t", place).strip() != b"tree":
            return _hash_blob(root, place)
        names = git(root, "ls-tree", "-r", "-z", "--full-tree", "--name-only", place).decode().split("\0")
        return hash_listing({name: _hash_blob(root, f"{place}/{name}") for name in filter(None, names)})
    except (TouchstoneError, OSError):
        return None


def _hash_blob(root: Path, place: str) -> str:
    return hashlib.md5(git(root, "cat-file", "blob", place), usedforsecurity=False).hexdigest()


def _merge_params(stages: Iterable[LockedStage]) -> dict[str, dict[str, Any]]:
    """Put the params of all stages together, by file."""
    merged: dict[str, dict[str, Any]] = {}
    for stage in stages:
        for file, values in stage.params.items():
            merged.setdefault(file, {}).update(values)
    return merged


def read_environment(root: Path, path: Path) -> dict[str, Any] | None:
    """Read in which environment a recipe's model was trained, where ``train`` said so."""
    file = root.joinpath(*path.parts[:2]) / "training" / "provenance.json"
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["environment"]
    except (OSError, ValueError, KeyError):
        return None
    return found
