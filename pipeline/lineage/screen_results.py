"""What each screen said of a picture, by what ``screen`` has put on file."""

from dataclasses import dataclass

from pipeline.lineage.manifests import Row
from pipeline.screens.screen_registry import SCREENS


@dataclass(frozen=True, slots=True)
class ScreenResult:
    """Whether a picture passed a screen, and what was measured where that is on file."""

    screen: str
    passed: bool
    measured: str | None


def list_verdicts(screened: Row | None, unfit: Row | None) -> tuple[ScreenResult, ...]:
    """List the verdicts of the screens that a picture was put to: all, or those up to the one that it failed.

    A decoder may fail at any time, so of a picture that cannot be decoded no more is known than that.

    Args:
        screened: its row among those that passed, None if there is none.
        unfit: its row among those that did not.
    """
    if screened:
        width, height = screened["width"], screened["height"]
        sizes = {"width": width, "height": height, "pixels": width * height}
        sizes["aspect"] = max(width, height) / min(width, height)
        measured = {screen.reason: screen.measured and screen.measured.format(**sizes) for screen in SCREENS}
        return tuple(ScreenResult(reason, True, known) for reason, known in measured.items())
    if not unfit:
        return ()
    names, reason = [screen.reason for screen in SCREENS], unfit["reason"]
    known = reason in names and reason != "undecodable"
    before = names[: names.index(reason)] if known else names[:1]
    return (*(ScreenResult(name, True, None) for name in before), ScreenResult(reason, False, unfit["detail"]))
