"""The page "Models" in a real Chromium: it tells what the stages measured."""

import json

import pandas as pd
import pytest
from selenium.webdriver.common.keys import Keys

from tests.app.conftest import running_app
from tests.app.looking import Looker
from tests.touchstone import conftest as projects

#: A project in git, with DVC's cache.
built = projects.built

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
    rows = [row.text for row in look.wait(lambda: look.find(".ledger tbody tr"))]
    mine = [row for row in rows if " tiny " in row]
    assert len(mine) == len(figures["robustness"])
    assert f"{figures['robustness']['clean']['accuracy']:.1%}" in mine[0]


def test_the_slider_changes_the_counts(look, trained):
    look.open("models?view=Threshold")
    scores = pd.read_parquet(trained.results / "predictions.parquet")
    real = scores[scores["label"] == 0]["score"]
    look.wait_for_text(f"{(real >= 0.5).sum()} of {len(real)} photographs")
    look.wait(lambda: look.find("[role=slider]"))[0].send_keys(Keys.HOME)
    look.wait_for_text(f"{len(real)} of {len(real)} photographs")
    look.find("[role=slider]")[0].send_keys(Keys.END)
    look.wait_for_text(f"0 of {len(real)} photographs")
    assert "do not choose it here" in look.text


def test_history_is_told_of_a_project_in_git_and_missed_in_others(browser, look, built, tmp_path):
    look.open("models?view=History")
    look.wait_for_text("Without git and DVC there is no history")
    with running_app(built.root, tmp_path) as app:
        in_git = Looker(browser, app.address)
        in_git.open("models?view=History")
        in_git.wait_for_text("built")
        assert f"{json.loads((built.results('tiny') / 'metrics.json').read_text())['accuracy']:.4f}" in in_git.text
        assert not in_git.errors()
