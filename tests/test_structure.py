"""The tree keeps its promises: sizes, who imports whom, and a dvc.yaml whose deps tell the truth."""

import ast
import re
import statistics
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from dvc.schema import COMPILED_MULTI_STAGE_SCHEMA
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "collectors", "pipeline", "touchstone")
FILES = {path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
#: Files of ours that are no code but make part of what a stage does.
TEMPLATES = {
    path.relative_to(ROOT)
    for package in PACKAGES
    for path in (ROOT / package).rglob("*")
    if path.is_file() and path.suffix not in {".py", ".pyc"}
}


def module_name(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for file in FILES}


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def running_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes, but for those under ``if TYPE_CHECKING``, which never run."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from running_nodes(child)


@cache
def imports(file: Path) -> frozenset[str]:
    """The modules of ours that a file names in its imports, inside functions too."""
    names = set()
    for node in running_nodes(tree(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names & MODULES.keys())


@cache
def template_folders(file: Path) -> frozenset[Path]:
    """The folders of templates that a file may load: its own, and what it names to PackageLoader."""
    calls = [node for node in running_nodes(tree(file)) if isinstance(node, ast.Call)]
    folders = {file.parent}
    for call in calls:
        called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if called == "PackageLoader":
            package, folder = (ast.literal_eval(argument) for argument in call.args)
            folders.add(Path(*package.split("."), folder))
    return frozenset(folders)


def is_only_docstring(file: Path) -> bool:
    body = tree(file).body
    return not body or (len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant))


def needs(module: str) -> set[str]:
    """The files of ours that a module runs with, its own among them."""
    waiting, seen = [module], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in MODULES:
            continue
        seen.add(name)
        waiting += [*imports(MODULES[name]), *(name.rsplit(".", n)[0] for n in range(1, name.count(".") + 1))]
    files = {MODULES[name] for name in seen}
    folders = {folder for file in files for folder in template_folders(file)}
    templates = {file for file in TEMPLATES if file.parent in folders}
    return {file.as_posix() for file in files | templates if file.name != "__init__.py" or not is_only_docstring(file)}


def stages() -> dict[str, dict]:
    content = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    return {name: stage.get("do", stage) for name, stage in content["stages"].items()}


STAGES = stages()


@pytest.mark.parametrize("name", STAGES)
def test_deps_of_a_stage_are_what_it_imports(name):
    stage = STAGES[name]
    assert re.match(rf"python -m pipeline\.{name}\b", stage["cmd"]), f"{name} runs another module: {stage['cmd']}"
    if name == "collect":
        # Raw data: no code makes it run. What it writes is read by stages that do depend on theirs.
        assert stage["deps"] == ["datasets/sources/${key}.json"]
        assert "params" not in stage
        return
    listed = [dep for dep in stage["deps"] if isinstance(dep, str) and dep.startswith(PACKAGES)]
    wanted = needs(f"pipeline.{name}")
    missing, extra = sorted(wanted - set(listed)), sorted(set(listed) - wanted)
    assert not missing, f"dvc.yaml: {name}: missing from deps:\n" + "\n".join(f"      - {dep}" for dep in missing)
    assert not extra, f"dvc.yaml: {name}: deps that it does not import:\n" + "\n".join(f"      - {d}" for d in extra)
    assert len(listed) == len(set(listed)), f"dvc.yaml: {name}: a dep is listed twice"


def test_dvc_accepts_dvc_yaml():
    COMPILED_MULTI_STAGE_SCHEMA(yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8")))


def test_every_module_directly_in_pipeline_is_a_stage():
    assert {file.stem for file in (ROOT / "pipeline").glob("*.py")} - {"__init__"} == set(STAGES)


@pytest.mark.parametrize("file", sorted(FILES), ids=str)
def test_modules_and_functions_are_short(file):
    assert len((ROOT / file).read_text(encoding="utf-8").splitlines()) <= 250
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 50, f"{file}:{node.lineno}: {node.name} has over 50 lines"


def test_the_typical_module_is_short():
    lengths = [len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in FILES]
    assert statistics.median(lengths) <= 100


def allowed(importer: str, imported: str) -> bool:
    """Who may import whom."""
    ours, theirs = importer.partition(".")[0], imported.partition(".")[0]
    shared = imported in {"pipeline", "pipeline.parts"} or imported.startswith("pipeline.parts.")
    if ours in {"touchstone", "app"}:
        return True
    if ours == "collectors" or importer.startswith("pipeline.parts"):
        return shared or (ours == theirs == "collectors")
    return theirs == "pipeline" or (importer == "pipeline.collect" and theirs == "collectors")


def test_who_imports_whom():
    wrong = [
        f"{module} imports {name}"
        for module, file in MODULES.items()
        for name in imports(file)
        if not allowed(module, name)
    ]
    assert not wrong, "\n".join(sorted(wrong))


def test_stages_do_not_import_stages():
    names = {f"pipeline.{name}" for name in STAGES}
    assert not [
        f"{module} imports {names & imports(file)}" for module, file in MODULES.items() if names & imports(file)
    ]


def test_datasets_holds_no_python():
    # An __init__.py there would hide the installed package `datasets`.
    assert not list((ROOT / "datasets").rglob("*.py"))


def own_texts() -> Iterator[tuple[Path, str]]:
    folders = (*PACKAGES, "tests", "benchmarks", "docs", "recipes", ".ci", ".dvc")
    found = [path for path in ROOT.iterdir() if path.is_file()]
    found += [path for folder in folders for path in (ROOT / folder).rglob("*")]
    for path in found:
        parts = path.relative_to(ROOT).parts
        if path.is_file() and "__pycache__" not in parts and parts[:2] not in {(".dvc", "tmp"), (".dvc", "cache")}:
            try:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # A picture.


def test_no_path_of_a_machine():
    # A place in somebody's home or work folder; `~` and relative paths are fine.
    machine = re.compile(r"(?<![\w.])/(?:work|farm|root|home|Users)/\w")
    found = [
        f"{path}: {line.strip()}" for path, text in own_texts() for line in text.splitlines() if machine.search(line)
    ]
    assert not found, "\n".join(found)


CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_constraints_are_plain_sorted_pins():
    wrong = [
        line
        for line in CONSTRAINTS
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!]*", line)
    ]
    assert not wrong, f"not NAME==VERSION: {wrong}"
    assert sorted(CONSTRAINTS, key=str.lower) == CONSTRAINTS
    assert len({canonicalize_name(line.split("==")[0]) for line in CONSTRAINTS}) == len(CONSTRAINTS)


@pytest.mark.parametrize("python", ["3.11.2", "3.12.0", "3.13.0"])
def test_constraints_install_on_every_python(python):
    # 3.11.2 is Debian 12's; some releases want a later 3.11. Only what is installed as pinned can be asked.
    for line in CONSTRAINTS:
        name, _, version = line.partition("==")
        with suppress(PackageNotFoundError):
            found = distribution(name)
            wanted = found.metadata["Requires-Python"] or ""
            assert found.version != version or SpecifierSet(wanted).contains(python), f"{line} wants Python {wanted}"


def test_constraints_pin_all_that_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in CONSTRAINTS)}
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    for line in [*project["dependencies"], *extras]:
        wanted = Requirement(line)
        version = pins.get(canonicalize_name(wanted.name))
        assert version, f"constraints.txt has no {wanted.name}"
        assert wanted.specifier.contains(version), f"{wanted} is pinned to {version}"
