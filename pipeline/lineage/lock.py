"""dvc.lock as values: which stage made what, out of what, with which params."""

import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.raw_data.dvc_store import LOCK
from pipeline.runtime.errors import ChainError, TouchstoneError

#: The stages that run for each source by itself.
PER_SOURCE = ("collect", "screen", "resize")


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file or folder that a stage read or wrote, with the hash that DVC keeps of it; a folder's ends in .dir."""

    path: str
    md5: str
    size: int | None
    files: int | None

    def meets(self, other: "Artefact") -> bool:
        """Return whether one of the two is the other, or lies in it."""
        mine, yours = self.path + "/", other.path + "/"
        return mine.startswith(yours) or yours.startswith(mine)


@dataclass(frozen=True, slots=True)
class LockedStage:
    """One stage as it ran last. ``params`` maps files to keys to values."""

    name: str
    cmd: str
    deps: tuple[Artefact, ...]
    outs: tuple[Artefact, ...]
    params: Mapping[str, Mapping[str, Any]]


Lock = dict[str, LockedStage]


def read_lock(root: Path, revision: str | None = None) -> Lock:
    """Read what is locked, in the working tree or at a revision of git.

    Raises:
        ChainError: there is nothing, or nothing that can be read.
        TouchstoneError: git knows no such revision.
    """
    path = root / LOCK
    try:
        text = path.read_text(encoding="utf-8") if revision is None else show(root, revision, LOCK)
        content = _Loaded(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506 - is safe
        return {name: _stage(name, entry) for name, entry in content["stages"].items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        remedy = "`git checkout dvc.lock` brings it back, `dvc repro` writes it anew"
        raise ChainError(f"{path}: missing or damaged; {remedy}") from error


class _Loaded(dict[str, Any]):
    """What a lock holds, checked for the schema that is understood here."""

    def __init__(self, content: Any) -> None:
        super().__init__(content)
        if self.keys() != {"schema", "stages"} or self["schema"] != "2.0":
            raise KeyError("schema")


def _stage(name: str, entry: Mapping[str, Any]) -> LockedStage:
    deps, outs = (tuple(map(_artefact, entry.get(kind, []))) for kind in ("deps", "outs"))
    return LockedStage(name, entry["cmd"], deps, outs, entry.get("params", {}))


def drop_lost(lock: Lock, sources: Collection[str]) -> Lock:
    """Leave out what is locked of sources that params.yaml has lost: it stays so that they can come back."""
    return {
        name: stage
        for name, stage in lock.items()
        if name.partition("@")[0] not in PER_SOURCE or name.partition("@")[2] in sources
    }


def _artefact(entry: Mapping[str, Any]) -> Artefact:
    if entry["hash"] != "md5":
        raise KeyError(entry["hash"])
    return Artefact(entry["path"], entry["md5"], entry.get("size"), entry.get("nfiles"))


def walk_back(lock: Lock, stages: set[str]) -> list[LockedStage]:
    """List stages and all that they build on, those that build on nothing first."""
    found: dict[str, LockedStage] = {}

    def visit(stage: LockedStage) -> None:
        if stage.name in found:
            return
        for other in lock.values():
            if other.name != stage.name and any(out.meets(dep) for out in other.outs for dep in stage.deps):
                visit(other)
        found[stage.name] = stage

    for name in sorted(stages):
        visit(lock[name])
    return list(found.values())


def producers(lock: Lock, path: str) -> Iterator[tuple[LockedStage, Artefact]]:
    """Find the stage whose out is, or holds, a path."""
    wanted = Artefact(path, "", None, None)
    for stage in lock.values():
        for out in stage.outs:
            if (wanted.path + "/").startswith(out.path + "/"):
                yield stage, out


def git(root: Path, *words: str) -> bytes:
    """Run git in a project and give what it prints.

    Raises:
        TouchstoneError: it fails.
    """
    try:
        run = subprocess.run(["git", *words], cwd=root, capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError as error:
        raise TouchstoneError("git is not installed, or not on the PATH") from error
    if run.returncode:
        raise TouchstoneError(f"`git {' '.join(words)}` failed: {run.stderr.decode(errors='replace').strip()}")
    return run.stdout


def show(root: Path, revision: str, path: str) -> str:
    """Return a file of the project as it was at a revision."""
    if revision.startswith("-"):
        raise TouchstoneError(f"{revision}: no revision of git")
    return git(root, "show", f"{revision}:./{path}").decode("utf-8")
