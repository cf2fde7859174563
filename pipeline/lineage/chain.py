"""The chain from the pictures' bytes to dvc.lock, computed anew link by link."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.lineage.contents import check_contents
from pipeline.lineage.lock import Artefact, Lock, LockedStage, read_lock, walk_back
from pipeline.lineage.manifests import Manifests
from pipeline.raw_data.dvc_store import (
    LOCK,
    Listing,
    cache_of,
    cached,
    hash_file,
    hash_listing,
    list_folder,
    read_listing,
)
from pipeline.runtime.errors import ChainError, StageMissingError
from pipeline.runtime.paths import PARAMS, Paths


@dataclass(frozen=True, slots=True)
class Link:
    """One thing that was checked: of which stage, what, which file; ``problem`` is None where it holds."""

    stage: str
    what: str
    path: str
    problem: str | None = None


@dataclass(slots=True)
class Chain:
    """One project's chain. ``cache`` is DVC's; ``definitions`` the commands of dvc.yaml by stage."""

    root: Path
    cache: Path
    definitions: dict[str, str]
    params: dict[str, Any]
    hashes: dict[Path, str] = field(default_factory=dict)

    def links(self) -> Iterator[Link]:
        """Check everything, in the order in which it was made: bytes, ids, manifests, results.

        Raises:
            ChainError: dvc.lock cannot be read.
        """
        lock = read_lock(self.root)
        yield from self._check_entries(lock)
        manifests = Manifests(Paths(self.root))
        # What is locked of sources that params.yaml has lost is no part of what is there now.
        lock = {name: stage for name, stage in lock.items() if name in self.definitions}
        for stage in walk_back(lock, set(lock)):
            for dep in stage.deps:
                yield self._check_path(stage, "read", dep)
            yield from self._check_params(stage)
            for out in stage.outs:
                yield self._check_path(stage, "wrote", out)
                yield from self._check_cached(stage, out)
            try:
                problem = check_contents(manifests, stage.name)
            except StageMissingError as error:
                problem = (str(error), "damaged")
            yield Link(stage.name, "its contents", problem[0] if problem else "", problem[1] if problem else None)
        yield self._check_form()

    def _check_form(self) -> Link:
        from dvc.utils.serialize import dumps_yaml, parse_yaml

        text = (self.root / LOCK).read_text(encoding="utf-8")
        same = dumps_yaml(parse_yaml(text, LOCK)) == text
        return Link(LOCK, "its form", LOCK, None if same else "is not as DVC writes it")

    def _check_entries(self, lock: Lock) -> Iterator[Link]:
        for name, command in self.definitions.items():
            stage = lock.get(name)
            problem = "not run yet" if stage is None else None if stage.cmd == command else "ran another command"
            yield Link(name, "its entry", LOCK, problem)

    def _check_params(self, stage: LockedStage) -> Iterator[Link]:
        for file, values in stage.params.items():
            for key, value in values.items():
                now = self.params.get(file)
                for part in key.split("."):
                    now = now.get(part) if isinstance(now, dict) else None
                problem = None if now == value else _tell_change(key, value, now)
                yield Link(stage.name, "its params", file, problem)

    def _check_path(self, stage: LockedStage, what: str, artefact: Artefact) -> Link:
        path = self.root / artefact.path
        if not path.exists():
            return Link(stage.name, what, artefact.path, "is not there")
        if not path.is_dir():
            found, size, files = self._hash(path), path.stat().st_size, None
        else:
            listing = self._list(path)
            found, files = hash_listing(listing), len(listing)
            size = sum((path / name).stat().st_size for name in listing)
            if found != artefact.md5:
                return self._name_culprit(stage, what, artefact, listing)
        if (found, size, files) == (artefact.md5, artefact.size, artefact.files):
            return Link(stage.name, what, artefact.path)
        return Link(stage.name, what, artefact.path, f"has md5 {found}, and dvc.lock says {artefact.md5}")

    def _name_culprit(self, stage: LockedStage, what: str, artefact: Artefact, listing: Listing) -> Link:
        """Name the file of a folder that differs, where the cache tells which files there were."""
        recorded = read_listing(self.cache, artefact.md5)
        if recorded is None:
            return Link(stage.name, what, artefact.path, f"is not the folder that dvc.lock names, {artefact.md5}")
        for name in sorted(recorded.keys() | listing.keys()):
            if recorded.get(name) != listing.get(name):
                was, now = recorded.get(name, "not there"), listing.get(name, "not there")
                return Link(stage.name, what, f"{artefact.path}/{name}", f"has md5 {now}, and {was} was recorded")
        return Link(stage.name, what, artefact.path, "has an entry in dvc.lock that its files do not give")

    def _check_cached(self, stage: LockedStage, out: Artefact) -> Iterator[Link]:
        """Check DVC's copies of an out: whoever checks it out or pushes it passes on what is there."""
        listing = read_listing(self.cache, out.md5) or {}
        for md5 in sorted({out.md5, *listing.values()}):
            copy = cached(self.cache, md5)
            if copy.is_file():
                problem = None if self._hash(copy) == md5.removesuffix(".dir") else f"is not what its name says, {md5}"
                yield Link(stage.name, "DVC's copy", _short(copy, self.root), problem)

    def _list(self, folder: Path) -> Listing:
        return list_folder(folder, self._hash)

    def _hash(self, path: Path) -> str:
        if path not in self.hashes:
            self.hashes[path] = hash_file(path)
        return self.hashes[path]


def _tell_change(key: str, was: Any, now: Any) -> str:
    """Describe which value differs, in the innermost section.

    >>> _tell_change("a", {"b": 1, "c": 2}, {"b": 1, "c": 3})
    'a.c is 3 and was 2'
    """
    if isinstance(was, dict) and isinstance(now, dict):
        for name in [*was, *now]:
            if was.get(name) != now.get(name):
                return _tell_change(f"{key}.{name}", was.get(name), now.get(name))
    return f"{key} is {now!r} and was {was!r}"


def _short(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def open_chain(root: Path) -> Chain:
    """Open the chain of a project: what dvc.yaml defines, resolved by DVC itself, and the params as they are now.

    Raises:
        ParamsError: a file of params cannot be read.
        ChainError: dvc.yaml cannot be read.
    """
    import dvc.exceptions
    import dvc.repo

    from pipeline.runtime.section import read_yaml

    try:
        with dvc.repo.Repo(str(root)) as repo:
            stages = {stage.name: str(stage.cmd) for stage in repo.index.stages}
            cache = cache_of(repo)
    except dvc.exceptions.DvcException as error:
        raise ChainError(f"dvc.yaml: {error}") from error
    files = [PARAMS, *sorted(path.relative_to(root).as_posix() for path in (root / "recipes").glob("*.yaml"))]
    return Chain(root, cache, stages, {file: read_yaml(root / file) for file in files})
