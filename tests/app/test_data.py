"""The page "Data" in a real Chromium: what is asked for is shown, and every picture opens its passport."""

import shutil

import pandas as pd
import pytest
from selenium.webdriver.common.keys import Keys

from app.browsing.audit_results import read_audit
from app.browsing.passport_lookup import find_passports
from pipeline.lineage.manifests import Manifests
from pipeline.runtime.paths import Paths
from tests.app.conftest import running_app
from tests.app.looking import Looker
from tests.app.test_catalogue import walk

LOOKS = ("Funnel", "Browse", "Duplicates", "Shortcuts", "Balance")


@pytest.mark.parametrize("screen", ["phone", "desktop"])
@pytest.mark.parametrize("view", LOOKS)
def test_every_look_is_shown_without_an_error(look, view, screen):
    look.use_screen(screen)
    look.open(f"data?look={view}")
    look.wait(lambda: look.find(".ledger, .gallery a"))
    assert not look.find("[data-testid=stException]")
    width = look.driver.execute_script("return document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= {"phone": 390, "desktop": 1280}[screen]
    assert not look.errors()


def keys(look):
    """The pictures that are shown."""
    return [data["key"] for data in look.read(".gallery a", "dataset")]


def choose(look, title, value):
    """Choose from one of the page's lists by keyboard, as people do who have no mouse."""
    look.focus(f"input[aria-label*='{title}']")
    look.type(value)
    look.wait(lambda: look.read("[role=option]") == [value])
    look.type(Keys.ENTER)


def test_a_filter_shows_what_fulfils_it_and_pages_follow_each_other(look, trained):
    walked = walk(trained.paths, "tiny")
    expected = sorted(key for key, row in walked.items() if row["label"] == 1)
    look.open("data?look=Browse")
    choose(look, "Class", "FAKE")
    look.wait_for_text(f"{len(expected)} of {len(walked)} pictures")
    look.wait(lambda: keys(look) == [f"{source}:{rank}" for source, rank in expected[:48]])
    first = keys(look)
    look.click("button[aria-label='Next page']")
    look.wait(lambda: keys(look) != first)
    assert keys(look) == [f"{source}:{rank}" for source, rank in expected[48:96]]
    assert "page=2" in look.driver.current_url
    choose(look, "Dropped for", "truncated")
    look.wait_for_text(f"1 of {len(walked)} pictures")


def test_a_reason_of_the_funnel_leads_to_its_pictures_and_broken_ones_say_so(look):
    look.open("data")
    look.wait_for_text("truncated: 2")
    look.press("truncated: 2")
    look.wait_for_text("2 of")
    look.wait(lambda: look.read(".gallery .blank") == ["cannot be decoded"] * 2)


def dialog(look):
    return look.wait(lambda: look.read("[role=dialog] .passport"))[0]


@pytest.mark.parametrize("by", ["click", "Enter"])
def test_a_picture_opens_its_passport_which_the_address_then_names(look, trained, by):
    look.open("data?look=Browse&source=fakes")
    key = look.wait(lambda: keys(look))[20]
    if by == "click":
        look.click(f".gallery a[data-key='{key}']")
    else:
        look.focus(f".gallery a[data-key='{key}']")
        look.type(Keys.ENTER)
    told = find_passports(Manifests(trained.paths), key)[0]
    shown = dialog(look)
    assert all(line.words in shown for line in told.lines if line.words and "  " not in line.words)
    assert f"picture={key.replace(':', '%3A')}" in look.driver.current_url
    look.type(Keys.ESCAPE)
    look.wait(lambda: not look.find("[role=dialog]"))
    look.wait(lambda: "picture=" not in look.driver.current_url)
    assert len(keys(look)) == 48
    assert not look.errors()


def test_an_address_opens_a_passport_by_id_and_leads_on_to_relatives(look, trained):
    (twin,) = (
        pd.read_parquet(trained.paths.deduplicated / "duplicates.parquet")
        .query("source == 'fakes'")
        .to_dict("records")
    )
    look.open(f"data?picture={twin['id']}")
    assert "dropped by deduplicate, near-duplicate" in dialog(look)
    look.click("[role=dialog] .gallery a")
    look.wait(lambda: "went for it" in dialog(look))
    assert twin["survivor_id"] in dialog(look)


@pytest.mark.parametrize(
    "name", ["../../etc:1", "photos:99999", "nobody:1", "0123456789abcdef", "<script>alert(1)</script>"]
)
def test_what_names_no_picture_is_said(look, name):
    look.open(f"data?picture={name}")
    look.wait(lambda: "No picture of this project" in look.read("body")[0])


def test_what_pages_call_themselves_stays_text(look, trained):
    look.open("data?look=Browse&picture=photos:1")
    assert "<script>alert(1)</script>" in dialog(look)
    assert not look.errors()


def test_groups_tell_who_stayed_and_how_far_the_others_are(look):
    look.open("data?look=Duplicates")
    look.wait(lambda: len(look.find(".gallery a")) == 4)
    assert "2 groups" in look.text
    assert "stayed" in look.text
    assert "dropped: near-duplicate," in look.text


def test_the_shortcut_is_named_and_the_balance_adds_up(look, trained):
    look.open("data?look=Shortcuts")
    alarms = [each.name for each in read_audit(trained.paths, "tiny").tellings if each.alarm]
    look.wait_for_text(f"{alarms[0]} tells the label" if alarms else "No property of the files raises the alarm.")
    look.open("data?look=Balance")
    walked = walk(trained.paths, "tiny").values()
    for label, name in enumerate(("REAL", "FAKE")):
        mine = [row["place"] for row in walked if row["label"] == label]
        rows = [row.split() for row in look.wait(lambda: look.read(".ledger tr"))]
        (counts,) = (row[3:] for row in rows if row[:3] == ["=", "all", name])
        assert counts == [
            *(str(mine.count(place)) for place in ("train", "val", "test", "dropped")),
            str(len(mine)),
        ]


def test_a_project_that_has_only_collected_is_browsed_and_says_what_to_run(browser, trained, tmp_path):
    paths = Paths(tmp_path)
    for name in ("params.yaml", "recipes/tiny.yaml"):
        paths.root.joinpath(name).parent.mkdir(exist_ok=True)
        shutil.copy(trained.paths.root / name, paths.root / name)
    with running_app(paths.root, tmp_path) as app:
        look = Looker(browser, app.address)
        for page in ("data", "models"):
            look.open(page)
            look.wait_for_text("make repro")
        shutil.copytree(trained.paths.datasets / "collected", paths.datasets / "collected")
        look.open("data?look=Browse")
        look.wait_for_text("182 of 182 pictures")
        look.open("data")
        look.wait_for_text("dvc repro split@tiny")
