import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from pipeline.lineage.lock import read_lock
from pipeline.runtime.errors import TouchstoneError
from tests.factories import write_project
from touchstone.cli import VERBS

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from touchstone.cli import main; main()"]


def run(*arguments, cwd, **environment):
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([*COMMAND, *arguments], cwd=cwd, env=variables, capture_output=True, text=True, check=False)


def test_help_names_every_verb(tmp_path):
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(f"  {verb} " in done.stdout for verb in VERBS)


def test_help_imports_nothing_heavy():
    code = "import sys, touchstone.cli; touchstone.cli.make_app(); print(*sys.modules)"
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    heavy = {"tensorflow", "keras", "pandas", "pyarrow", "numpy", "selenium", "pydantic", "duckdb"}
    assert not heavy & set(done.stdout.split())


def test_a_verb_imports_no_other():
    code = (
        "import sys; sys.argv = ['touchstone', '--debug', 'why', '--help']\nfrom touchstone.cli import main\n"
        "try: main()\nexcept SystemExit: print(*sys.modules)"
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    assert "touchstone.commands.why_command" in done.stdout.split()
    assert not {"touchstone.commands.predict_command", "touchstone.commands.flow_command", "pydantic", "duckdb"} & set(
        done.stdout.split()
    )


def test_an_unknown_verb_is_answered_with_all(tmp_path):
    done = run("whence", "why", cwd=tmp_path)
    assert done.returncode == 2
    assert "No such command 'whence'" in done.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_examples(verb, touchstone, tmp_path):
    done = touchstone(tmp_path, verb, "--help")
    assert done.code == 0
    examples = done.out.partition("Examples:")[2].partition("Options:")[0]
    assert f"touchstone {verb}" in examples


def test_version(touchstone, tmp_path):
    assert touchstone(tmp_path, "--version").out == f"touchstone {version('touchstone')}\n"


def test_an_error_is_one_line_on_stderr_with_its_own_exit_code(tmp_path):
    write_project(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("seed:", "sead:"))
    done = run("sources", cwd=tmp_path)
    assert done.returncode == 11
    assert done.stdout == ""
    assert done.stderr.startswith(
        "touchstone: error: params.yaml: sead: unknown key; did you mean seed? known here: internet"
    )
    assert done.stderr.count("\n") == 1


def test_debug_shows_the_trace(tmp_path):
    done = run("--debug", "sources", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "PathMissingError" in done.stderr


def test_an_unknown_verb_is_a_usage_error(touchstone, tmp_path):
    done = touchstone(tmp_path, "preditc")
    assert done.code == 2
    assert "preditc" in done.err


def test_what_the_system_refuses_is_one_line(tmp_path, touchstone):
    write_project(tmp_path)
    (tmp_path / "list.csv").write_text("url,label\nhttp://127.0.0.1/a.jpg,REAL\n")
    (tmp_path / "file").write_text("in the way")
    done = touchstone(tmp_path, "rebuild", "list.csv", "file/below")
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert line.startswith("touchstone: error: ")
    assert "Not a directory" in line or "File exists" in line


def test_a_machine_without_git_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TouchstoneError, match="git is not installed"):
        read_lock(tmp_path, "HEAD")
