import shutil
import sys
from dataclasses import dataclass

import pytest

from pipeline.runtime.paths import Paths
from tests.sharing import make_once
from tests.touchstone.builds import build_project, use_identity
from touchstone.cli import main


@dataclass(frozen=True)
class Done:
    """What a command line left: its exit code, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def touchstone(monkeypatch, capsys):
    """Run the command line in a folder, in this process: TensorFlow is imported once for all tests."""

    def run(folder, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["touchstone", *map(str, arguments)])
        monkeypatch.delenv("TOUCHSTONE_DEBUG", raising=False)
        with pytest.raises(SystemExit) as end:
            main()
        shown = capsys.readouterr()
        return Done(end.value.code or 0, shown.out, shown.err)

    return run


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The paths of a small project as ``build_project`` makes it. Not to be changed."""
    use_identity()
    return Paths(make_once(tmp_path_factory, "built", build_project))


@pytest.fixture
def copy_of_built(built, tmp_path):
    """A copy of that project, to be changed."""
    root = tmp_path / "project"
    shutil.copytree(built.root, root, symlinks=True)
    return Paths(root)
