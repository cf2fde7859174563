"""What holds for every page of the browser app, whatever is on it."""

import sys

import pytest
import requests
from streamlit.testing.v1 import AppTest

from app.pages import PAGES
from tests.app.looking import SCREENS
from tests.factories import write_project


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_a_page_renders_without_an_error(look, page, screen):
    look.use_screen(screen)
    look.open(page.url_path)
    assert not look.errors()
    assert not look.find("[data-testid=stException]")
    assert not look.find("img:not([alt])")
    wide = look.driver.execute_script("return document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= SCREENS[screen][0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_a_page_asks_this_machine_alone(look, page):
    look.open(page.url_path)
    asked = [address for address in look.asked() if not address.startswith(("data:", "blob:"))]
    assert asked
    assert all(address.startswith(look.address) for address in asked)


def test_an_error_in_the_console_would_be_seen(look):
    look.open("")
    look.driver.execute_script("console.error('here')")
    assert "here" in look.errors()[0]


def test_whoever_has_another_name_point_here_is_refused(running):
    assert requests.get(running.address, headers={"Host": "elsewhere.example"}, timeout=30).status_code == 400


def show_page(number):
    """What Streamlit's own tests run: it knows of what stands in here alone."""
    from app.checking.service_cache import open_detectors
    from app.pages import PAGES
    from pipeline.runtime.paths import find_root

    PAGES[number].show(open_detectors(find_root()))


@pytest.mark.parametrize("number", range(len(PAGES)), ids=[page.title for page in PAGES])
def test_before_anything_is_built_a_page_says_what_to_run(number, tmp_path, monkeypatch):
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    # Streamlit puts what it runs in place of the main module, and leaves it there; processes that are started later
    # would run it.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    app = AppTest.from_function(show_page, args=(number,), default_timeout=60).run()
    assert not app.exception
    assert "make repro" in " ".join(str(element.value) for element in (*app.info, *app.error, *app.markdown))
