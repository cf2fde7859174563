import json

import pytest

from tests.factories import write_project
from touchstone.commands.doctor_checks import (
    check_browser,
    check_credentials,
    check_disk,
    check_dvc,
    check_package,
    check_project,
    check_python,
)

LIVE = """
internet: live
sources:
  animals: {collector: google_images, query: animals, label: REAL}
  cifake: {collector: kaggle, dataset: birdy654/cifake-real-and-ai-generated-synthetic-images}
resize: {sizes: [16]}
recipes: [tiny]
"""


@pytest.fixture
def no_credentials(monkeypatch, tmp_path_factory):
    """A home without credentials; given back, to put some there."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


def write_project_with_folders(root):
    write_project(root)
    for name in ("photos", "fakes"):
        (root / name).mkdir()


def test_all_is_there(touchstone, tmp_path):
    write_project_with_folders(tmp_path)
    done = touchstone(tmp_path, "doctor", "--json")
    answer = json.loads(done.out)
    checks = {check["name"]: check for check in answer["checks"]}
    assert (done.code, answer["ok"]) == (0, True)
    assert checks["params.yaml"]["detail"] == "sources: 2, recipes: 1, internet: sandbox"
    assert "driver" in checks["browser"]["detail"]
    assert "oneDNN o" in checks["tensorflow"]["detail"]
    assert checks.keys() >= {"python", "kaggle", "credentials", "sandbox", "disk", "memory", "dvc"}


def test_what_is_missing_decides_the_exit_code(touchstone, tmp_path, no_credentials, monkeypatch):
    write_project(tmp_path)
    (tmp_path / "params.yaml").write_text(LIVE)
    monkeypatch.setenv("CHROME", "no-such-browser")
    done = touchstone(tmp_path, "doctor")
    lines = {line.split()[1]: line for line in done.out.splitlines() if not line.startswith(" ")}
    assert done.code == 20
    assert lines["browser"].startswith("missing  browser      CHROME=no-such-browser: no such program; install Chrome")
    assert lines["credentials"].startswith("warning  credentials  none for Kaggle; public data sets need none")
    assert "-> make a token at https://www.kaggle.com/settings" in done.out


def test_a_project_that_needs_no_browser_goes_without(monkeypatch):
    monkeypatch.setenv("CHROME", "no-such-browser")
    assert check_browser(needed=False).status == "warning"


def test_wrong_params_and_recipes_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert check_project()[2].status == "warning"
    write_project_with_folders(tmp_path)
    assert check_project()[2].status == "ok"
    recipe = tmp_path / "recipes" / "tiny.yaml"
    recipe.write_text(recipe.read_text().replace("size: 16", "size: 17"))
    wrong = check_project()[2]
    assert (wrong.status, wrong.exit_code) == ("missing", 10)
    assert wrong.detail.startswith("recipes/tiny.yaml: size: 17 is not made")


def test_credentials_are_found_and_never_shown(no_credentials, monkeypatch):
    assert check_credentials(needed=False).status == "ok"
    assert check_credentials(needed=True).status == "warning"
    (no_credentials / ".kaggle").mkdir()
    (no_credentials / ".kaggle" / "kaggle.json").write_text('{"username": "someone", "key": "a-secret"}')
    found = check_credentials(needed=True)
    assert found.status == "ok"
    assert found.detail == "Kaggle's are in ~/.kaggle/kaggle.json"
    monkeypatch.setenv("KAGGLE_API_TOKEN", "a-secret")
    assert "a-secret" not in str(check_credentials(needed=True))
    assert "KAGGLE_API_TOKEN" in check_credentials(needed=True).detail


def test_dvc_wants_git_or_to_be_told(tmp_path):
    assert check_dvc(tmp_path).status == "ok"
    (tmp_path / ".dvc").mkdir()
    assert check_dvc(tmp_path).status == "missing"
    (tmp_path / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n")
    assert check_dvc(tmp_path).status == "ok"


def test_the_rest(tmp_path):
    assert check_python().status == "ok"
    assert check_disk(tmp_path).detail.endswith("GiB free")
    assert check_package("no-such-package", "It").status == "missing"
