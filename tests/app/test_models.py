"""The page "Models" in a real Chromium: it tells what the stages measured."""

import json
import shutil

import pandas as pd
import pytest
from selenium.webdriver.common.keys import Keys

from tests.app.conftest import running_app
from tests.app.looking import Looker
from tests.test_build import run
from tests.touchstone.builds import use_identity

#: As much of dvc.yaml as it takes to keep figures.
DVC = """
stages:
  evaluate:
    foreach: [tiny]
    do: {cmd: "true", outs: ["results/${item}/metrics.json"]}
"""

VIEWS = ("Compare", "Curves", "Damage", "Threshold", "History")


@pytest.fixture
def figures(trained):
    return json.loads((trained.results / "metrics.json").read_text())


@pytest.mark.parametrize("screen", ["phone", "desktop"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_shown_without_an_error(look, view, screen):
    look.use_screen(screen)
    look.open(f"models?view={view}")
    look.wait(lambda: look.find(".ledger, [data-testid=stAlert]"))
    assert not look.find("[data-testid=stException]")
    width = look.driver.execute_script("return document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= {"phone": 390, "desktop": 1280}[screen]
    assert not look.errors()


def test_recipes_are_compared_as_on_the_command_line(look, figures):
    look.open("models")
    look.wait_for_text("tiny")
    assert f"{figures['accuracy']:.4f}" in look.text
    assert "Bird and Lotfi" in look.text


def test_every_damage_is_told(look, figures):
    look.open("models?view=Damage")
    mine = [row for row in look.wait(lambda: look.read(".ledger tbody tr")) if "\ttiny\t" in row]
    assert len(mine) == len(figures["robustness"])
    assert f"{figures['robustness']['clean']['accuracy']:.1%}" in mine[0]


def test_the_slider_changes_the_counts(look, trained):
    look.open("models?view=Threshold")
    scores = pd.read_parquet(trained.results / "predictions.parquet")
    real = scores[scores["label"] == 0]["score"]
    look.wait_for_text(f"{(real >= 0.5).sum()} of {len(real)} photographs")
    look.focus("input[type=range]")
    look.type(Keys.HOME)
    look.wait_for_text(f"{len(real)} of {len(real)} photographs")
    look.type(Keys.END)
    look.wait_for_text(f"0 of {len(real)} photographs")
    assert "do not choose it here" in look.text


def test_history_is_missed_where_there_is_no_git(look):
    look.open("models?view=History")
    look.wait_for_text("Without git and DVC there is no history")


@pytest.fixture
def in_git(trained, tmp_path):
    """A copy of the project in git and DVC, with the figures of two commits and others that are not committed."""
    root = tmp_path / "project"
    shutil.copytree(trained.paths.root, root)
    (root / "dvc.yaml").write_text(DVC)
    use_identity()
    run(root, "git", "init", "--quiet")
    run(root, "dvc", "init", "--quiet")
    file = root / "results" / "tiny" / "metrics.json"
    for accuracy, message in ((0.75, "first"), (0.875, "better"), (0.9375, None)):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"accuracy": accuracy}))
        if message:
            run(root, "dvc", "commit", "--quiet", "--force", "evaluate@tiny")
            run(root, "git", "add", "dvc.lock")
            run(root, "git", "commit", "--quiet", "--message", message)
    return root


def test_history_is_told_commit_by_commit(browser, in_git, tmp_path):
    with running_app(in_git, tmp_path) as app:
        look = Looker(browser, app.address)
        look.open("models?view=History")
        look.wait_for_text("better")
        rows = [row.split() for row in look.wait(lambda: look.read(".ledger tbody tr"))]
        assert [row[0] == "now" for row in rows] == [True, False, False]
        assert [accuracy in row for accuracy, row in zip(("0.9375", "0.8750", "0.7500"), rows, strict=True)] == [
            True
        ] * 3
        assert not look.errors()
