"""What README, CONTRIBUTING and docs/ say is true: verbs, options, commands, settings, files, exit codes."""

import ast
import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import typer.main
import yaml

from collectors.registry import COLLECTORS
from pipeline.auditing.audit_settings import Audit
from pipeline.changes.augment_settings import Augment
from pipeline.config.params import NAME, parse_source
from pipeline.resizing.resize_settings import Resize
from pipeline.runtime import errors
from pipeline.runtime.section import parse
from pipeline.splitting.split_settings import Split
from pipeline.training.train_settings import Train
from touchstone.cli import make_app

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
DOCS = {name: (ROOT / name).read_text(encoding="utf-8") for name in FILES}
#: All that tells users how to use it.
MANUAL = "\n".join(text for name, text in DOCS.items() if name != "CONTRIBUTING.md")
CLI = typer.main.get_command(make_app())
VERBS = CLI.commands

#: Folders whose content `dvc repro` or a user makes.
MADE = ("datasets/", "results/", "logs/", "downloads/")

#: Programs that are not ours.
TOOLS = {
    "pytest",
    "ruff",
    "dvc",
    "tensorboard",
    "git",
    "sqlite3",
    "python3",
    "apt-get",
    "curl",
    ".",
    "fresh/bin/python",
}


def blocks(text, language):
    """The contents of fenced blocks of a language, without their indentation."""
    # All blocks are taken in turn, or the end of one in another language would pass for a beginning.
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, its, text in found if its == language]


def inline(text):
    """What stands in backticks outside of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE))


PROGRAMS = (
    "touchstone ",
    "make ",
    "python -m ",
    "dvc ",
    "pytest ",
    "ruff ",
    "tensorboard ",
    "git ",
    "fresh/",
    "python3 ",
    "$ ",
)


def commands():
    for name, text in DOCS.items():
        lines = [line for block in blocks(text, "") for line in block.splitlines()] + inline(text)
        for line in lines:
            if line.startswith(PROGRAMS):
                yield pytest.param(line.removeprefix("$ "), id=f"{name}: {line}")


def all_errors(error=errors.TouchstoneError):
    return [error, *(e for branch in error.__subclasses__() for e in all_errors(branch))]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented(verb):
    assert f"touchstone {verb}" in MANUAL


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 250


@pytest.mark.parametrize("command", list(commands()))
def test_commands_can_be_typed(command):
    program, *words = shlex.split(command)
    if program == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert set(word for word in words if "=" not in word) <= set(targets)
    elif program == "python":
        assert words[0] == "-m"
        assert importlib.util.find_spec(words[1].replace("STAGE", "screen"))
    elif program == "touchstone":
        check_verb(words)
    else:
        assert program in TOOLS, f"{program}: is it there for everybody?"


def check_verb(words):
    words = [word for word in words if word not in {"--debug", "--version", "--help"}]
    if words and words[0] != "VERB":
        known = {option for parameter in VERBS[words[0]].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("name", DOCS)
def test_files_that_are_named_are_there(name):
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", DOCS[name]) if "://" not in link]
    broken = [link for link in links if not (ROOT / name).parent.joinpath(link).exists()]
    named = [word for word in inline(DOCS[name]) if re.fullmatch(r"[\w.-]*/?[\w./-]+(\.\w+|/)", word)]
    paths = [path for path in named if not re.search("[A-Z]{3}", path.removesuffix(".md")) and "/" in path]
    missing = [path for path in paths if not path.startswith(MADE) and not (ROOT / path).exists()]
    assert not broken + missing


def test_settings_in_the_documents_are_valid():
    found = {}
    for block in [block for text in DOCS.values() for block in blocks(text, "yaml")]:
        content = yaml.safe_load(block)
        found |= content.get("sources", content)
    assert {"dogs", "cifake", "holidays"} <= found.keys()
    for name, settings in found.items():
        assert NAME.match(name)
        parse_source("README.md", name, settings)


SECTIONS = {"split": Split, "augment": Augment, "resize": Resize, "audit": Audit, "train": Train}


def test_sections_in_the_documents_are_valid():
    found = [re.fullmatch(r"(\w+): (\{.*\})", code) for code in inline(MANUAL)]
    named = [(match[1], yaml.safe_load(match[2])) for match in found if match]
    assert {name for name, _ in named} == set(SECTIONS)
    for name, content in named:
        parse(SECTIONS[name], "README.md", content, name)


def test_python_in_contributing_compiles():
    found = blocks(DOCS["CONTRIBUTING.md"], "python")
    assert found
    for block in found:
        ast.parse(block)


def test_every_exit_code_is_documented_and_no_other():
    codes = [error.exit_code for error in all_errors()]
    assert len(codes) == len(set(codes)), "two errors share an exit code"
    table = [int(code) for code in re.findall(r"^\| (\d+) \|", DOCS["docs/exit-codes.md"], re.MULTILINE)]
    # 2 is a wrong command line, which typer finds.
    assert table == sorted({0, 2, *codes})


def test_the_tree_of_errors_is_drawn_as_it_is():
    drawn = dict(re.findall(r"(\w+Error) +(\d+)\b", errors.__doc__))
    assert drawn == {error.__name__: str(error.exit_code) for error in all_errors()}


def test_every_collector_is_documented():
    table = re.findall(r"^\| `(\w+)` \| (.+) \| `(\w+)` \|$", DOCS["docs/collecting.md"], re.MULTILINE)
    assert table == [(each.name, each.description, each.asks) for each in COLLECTORS]


def test_the_changelog_has_a_place_for_what_is_new():
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_verbs_document_every_option():
    for verb in VERBS.values():
        for parameter in verb.params:
            if parameter.param_type_name == "option":
                assert parameter.help, f"{verb.name} {parameter.opts}"


def test_the_data_dictionary_is_made_of_the_tables():
    from pipeline.lineage.data_dictionary import describe_tables

    assert DOCS["docs/tables.md"] == describe_tables() + "\n", (
        "python -m pipeline.lineage.data_dictionary > docs/tables.md"
    )
