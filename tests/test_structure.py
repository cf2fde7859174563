"""The tree keeps its promises: sizes, names, who imports whom, and a dvc.yaml whose deps tell the truth."""

import ast
import re
import tomllib
from collections import defaultdict
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

from pipeline.config.params import Params
from pipeline.config.recipe import Recipe
from tests.code_graph import NEUTRAL, PACKAGES, CodeGraph

ROOT = Path(__file__).resolve().parents[1]
GRAPH = CodeGraph(ROOT)
STAGES = GRAPH.stages
#: Collected data depend on no code.
WITH_CODE = sorted(STAGES.keys() - {"collect"})


def settings_modules(stage):
    """The modules that hold the settings, and so the defaults, of the params that a stage names."""
    sections = []
    for entry in stage.get("params", []):
        if isinstance(entry, str):
            sections.append((Params, entry.split(".")[0]))
        else:
            sections += [
                (Recipe, name.split(".")[0]) for names in entry.values() for name in names or Recipe.model_fields
            ]
    kinds = [getattr(kind.model_fields[name].annotation, "__module__", "") for kind, name in sections]
    return {kind for kind in kinds if kind in GRAPH.modules}


@cache
def what_may_change(name):
    """The files that may change an out of a stage: what it runs with, but for the rooms that cannot."""
    return GRAPH.needs({f"pipeline.{name}"} | settings_modules(STAGES[name]), NEUTRAL)


@pytest.mark.parametrize("name", WITH_CODE)
def test_deps_of_a_stage_are_the_code_that_may_change_its_outs(name):
    assert re.match(rf"python -m pipeline\.{name}\b", STAGES[name]["cmd"]), f"{name}: runs another module"
    wanted = GRAPH.cover(what_may_change(name))
    assert sorted(GRAPH.code_deps(name)) == wanted, f"dvc.yaml: {name}: deps should be:\n{', '.join(wanted)}"


@pytest.mark.parametrize("name", WITH_CODE)
def test_an_edit_makes_stale_what_uses_the_file_and_nothing_else(name):
    edited = {file for file in GRAPH.files if file.name != "__init__.py" and name in GRAPH.stale_after(file)}
    assert edited == {file for file in what_may_change(name) if file.suffix == ".py" and file.name != "__init__.py"}


def test_collected_data_depend_on_what_a_source_is_and_on_no_code():
    assert STAGES["collect"]["deps"] == ["datasets/sources/${key}.json"]
    assert "params" not in STAGES["collect"]


def test_dvc_yaml_can_be_read_by_a_person():
    assert len((ROOT / "dvc.yaml").read_text(encoding="utf-8").splitlines()) <= 150


def test_dvc_ignores_compiled_python():
    # Or a .pyc in a folder of code would mark the stages that depend on it as changed.
    assert "__pycache__/" in (ROOT / ".dvcignore").read_text(encoding="utf-8").splitlines()


def test_dvc_accepts_dvc_yaml():
    COMPILED_MULTI_STAGE_SCHEMA(yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8")))


def test_every_module_directly_in_pipeline_is_a_stage():
    assert {file.stem for file in (ROOT / "pipeline").glob("*.py")} - {"__init__"} == set(STAGES)


@pytest.mark.parametrize("file", sorted(GRAPH.files), ids=str)
def test_modules_and_functions_are_short(file):
    assert GRAPH.lines(file) <= 400
    for node in ast.walk(GRAPH.tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # Without its docstring, which tells a command's user all there is.
            said = (ast.get_docstring(node, clean=False) or "").count("\n")
            assert node.end_lineno - node.lineno - said < 50, f"{file}:{node.lineno}: {node.name} has over 50 lines"


def test_every_module_and_every_class_has_a_name_of_its_own():
    named = defaultdict(list)
    for file in GRAPH.files:
        if file.name != "__init__.py":
            named[file.name].append(str(file))
        for node in ast.walk(GRAPH.tree(file)):
            if isinstance(node, ast.ClassDef):
                named[node.name].append(str(file))
    assert {name: files for name, files in named.items() if len(files) > 1} == {}


def test_imports_between_rooms_run_one_way():
    assert not GRAPH.arrows_up(), "these close a circle of rooms:\n" + "\n".join(GRAPH.arrows_up())


def may_import(importer, imported):
    """Who may import whom, by top-level package; and what no room below the stages may import."""
    ours, theirs = importer.partition(".")[0], imported.partition(".")[0]
    allowed = {
        "collectors": {"collectors", "pipeline"},
        "pipeline": {"collectors", "pipeline"},
        "app": {"app", "pipeline", "collectors"},
        "touchstone": {"touchstone", "pipeline", "collectors"},
    }
    return theirs in allowed[ours] and imported.removeprefix("pipeline.") not in STAGES


def test_who_imports_whom():
    # Nothing imports a stage; the command line starts the app by name, and the app knows nothing of it.
    wrong = [f"{m} imports {name}" for m in GRAPH.modules for name in GRAPH.imports(m) if not may_import(m, name)]
    assert not wrong, "\n".join(sorted(wrong))


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
