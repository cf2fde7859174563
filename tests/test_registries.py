"""What is registered is there, and each thing once."""

from pkgutil import resolve_name

import pytest

from collectors.registry import COLLECTORS
from collectors.source_settings import Source
from pipeline.screens.screen_registry import SCREENS
from pipeline.screens.screen_settings import Screen


@pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.name)
def test_what_is_registered_of_a_collector_is_there(collector):
    settings = resolve_name(collector.settings)
    assert issubclass(settings, Source)
    assert collector.asks in settings.model_fields
    assert callable(resolve_name(collector.collect))


@pytest.mark.parametrize("screen", [screen for screen in SCREENS if screen.check], ids=lambda screen: screen.reason)
def test_the_check_of_a_screen_is_there_and_has_its_reason_for_a_name(screen):
    assert resolve_name(screen.check).__name__.replace("_", "-") == screen.reason


def test_screens_say_with_which_settings_every_picture_passes():
    lenient = [setting for screen in SCREENS for setting in screen.lenient]
    assert sorted(lenient) == sorted(Screen.model_fields.keys() - {"max_pixels", "label_conflict"})
    Screen.model_validate({setting: value for each in SCREENS for setting, value in each.lenient.items()})


@pytest.mark.parametrize("names", [[each.name for each in COLLECTORS], [each.reason for each in SCREENS]])
def test_no_name_is_registered_twice(names):
    assert len(names) == len(set(names))
