"""The project's code as a graph: who imports whom, what a stage runs with, and what may change its outs."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import yaml

PACKAGES = ("app", "collectors", "pipeline", "touchstone")

#: Rooms that cannot change an out: errors, summaries, paths, how work is spread; and the reading of params.yaml and
#: recipes, whose defaults stand in each stage's own `*_settings.py`.
NEUTRAL = ("pipeline.runtime", "pipeline.config")

#: How registries name what is imported once it is used.
REFERENCE = re.compile(r"[a-z_]\w*(\.\w+)+:\w+$")


class CodeGraph:
    """The code in a checkout. Files are relative to ``root``, modules are dotted names."""

    def __init__(self, root: Path) -> None:
        self.root = root
        found = {
            path.relative_to(root)
            for package in PACKAGES
            for path in (root / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
        }
        self.files = {file for file in found if file.suffix == ".py"}
        #: Files of ours that are no code but make part of what a stage does.
        self.templates = found - self.files
        self.modules = {module_name(file): file for file in self.files}
        self._trees: dict[Path, ast.Module] = {}
        self._imports: dict[str, frozenset[str]] = {}

    def tree(self, file: Path) -> ast.Module:
        """Parse a file, once."""
        if file not in self._trees:
            self._trees[file] = ast.parse((self.root / file).read_text(encoding="utf-8"))
        return self._trees[file]

    def lines(self, file: Path) -> int:
        """Count the lines of a file."""
        return len((self.root / file).read_text(encoding="utf-8").splitlines())

    def imports(self, module: str) -> frozenset[str]:
        """List the modules of ours that a module imports, inside functions too, and by what registries name."""
        if module not in self._imports:
            names: set[str] = set()
            for node in running_nodes(self.tree(self.modules[module])):
                if isinstance(node, ast.Import):
                    names |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    within = {f"{node.module}.{alias.name}" for alias in node.names} & self.modules.keys()
                    names |= within or {node.module or ""}
            names &= self.modules.keys()
            resolved = self._resolved(module)
            names |= {name for registry in names for key, name in self.references(registry) if key in resolved}
            self._imports[module] = frozenset(names & self.modules.keys())
        return self._imports[module]

    def references(self, module: str) -> list[tuple[str, str]]:
        """List the modules that a registry names as MODULE:NAME, each with the keyword under which it does."""
        given = [node for node in running_nodes(self.tree(self.modules[module])) if isinstance(node, ast.keyword)]
        named = [(each.arg or "", str(getattr(each.value, "value", ""))) for each in given]
        return [(key, text.partition(":")[0]) for key, text in named if REFERENCE.match(text)]

    def _resolved(self, module: str) -> set[str]:
        """List the keywords whose references a module imports, by ``resolve_name(ENTRY.KEYWORD)``."""
        calls = [node for node in running_nodes(self.tree(self.modules[module])) if isinstance(node, ast.Call)]
        found = [call.args[0] for call in calls if getattr(call.func, "id", "") == "resolve_name"]
        return {argument.attr for argument in found if isinstance(argument, ast.Attribute)}

    def needs(self, modules: Iterable[str], without: tuple[str, ...] = ()) -> set[Path]:
        """List the files that modules run with, their own among them, and nothing in or below rooms ``without``."""
        waiting, seen = list(modules), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.modules or name.startswith(without):
                continue
            seen.add(name)
            waiting += [*self.imports(name), *(name.rsplit(".", n)[0] for n in range(1, name.count(".") + 1))]
        files = {self.modules[name] for name in seen}
        folders = {folder for file in files for folder in self._template_folders(file)}
        files |= {file for file in self.templates if file.parent in folders}
        return {file for file in files if not self._is_only_docstring(file)}

    def cover(self, files: set[Path]) -> list[str]:
        """Name files as shortly as can be: by a folder where all of its code is among them."""
        named: set[str] = set()
        for folder in {file.parent for file in files}:
            inside = {
                file
                for file in self.files | self.templates
                if folder in file.parents and not self._is_only_docstring(file)
            }
            whole = inside <= files and len(folder.parts) > 1
            named |= {folder.as_posix()} if whole else {file.as_posix() for file in files if file.parent == folder}
        return sorted(name for name in named if not any(name.startswith(f"{other}/") for other in named))

    @cached_property
    def stages(self) -> dict[str, dict]:
        """The stages of dvc.yaml; what `foreach` repeats is there once."""
        content = yaml.safe_load((self.root / "dvc.yaml").read_text(encoding="utf-8"))
        return {name: stage.get("do", stage) for name, stage in content["stages"].items()}

    def code_deps(self, stage: str) -> list[str]:
        """List the deps of a stage that are code: files and folders."""
        return [dep for dep in self.stages[stage].get("deps", []) if isinstance(dep, str) and dep.startswith(PACKAGES)]

    def stale_after(self, file: Path) -> list[str]:
        """List the stages that DVC takes for changed when a file is edited."""
        return [name for name in self.stages if any(within(file, dep) for dep in self.code_deps(name))]

    def room_of(self, module: str) -> str:
        """Give the package that a module lies in; a package is the room of its own ``__init__``."""
        return module if self.modules[module].name == "__init__.py" else module.rpartition(".")[0]

    def room_imports(self) -> dict[str, dict[str, set[str]]]:
        """Tell of each room which others it imports, and by which imports."""
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for module in self.modules:
            for name in self.imports(module):
                ours, theirs = self.room_of(module), self.room_of(name)
                if ours != theirs:
                    found[ours][theirs].add(f"{module} imports {name}")
        return found

    def arrows_up(self) -> list[str]:
        """List the imports that close a circle of rooms: whichever room is below, one of them runs up to it."""
        rooms = self.room_imports()
        reach = {room: _reachable(rooms, room) for room in rooms}
        return sorted(
            each
            for ours, imported in rooms.items()
            for theirs, names in imported.items()
            if ours in reach.get(theirs, ())
            for each in names
        )

    def _template_folders(self, file: Path) -> set[Path]:
        """List the folders of templates that a file may load: its own, and what it names to PackageLoader."""
        folders = {file.parent}
        for call in (node for node in running_nodes(self.tree(file)) if isinstance(node, ast.Call)):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if called == "PackageLoader":
                package, folder = (ast.literal_eval(argument) for argument in call.args)
                folders.add(Path(*package.split("."), folder))
        return folders

    def _is_only_docstring(self, file: Path) -> bool:
        if file.name != "__init__.py":
            return False
        body = self.tree(file).body
        return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)


def module_name(file: Path) -> str:
    """Give the dotted name of a file."""
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def running_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Give all nodes but those under ``if TYPE_CHECKING``, which never run."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from running_nodes(child)


def within(file: Path, dep: str) -> bool:
    """Tell whether a file is a dep, or lies in a folder that is one."""
    return file == Path(dep) or Path(dep) in file.parents


def _reachable(rooms: dict[str, dict[str, set[str]]], start: str) -> set[str]:
    waiting, seen = [start], set[str]()
    while waiting:
        for room in rooms.get(waiting.pop(), {}):
            if room not in seen:
                seen.add(room)
                waiting.append(room)
    return seen
