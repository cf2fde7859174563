"""What each screen said of a picture, by what ``screen`` has put on file."""

from dataclasses import dataclass

from pipeline.lineage.manifests import Row

#: The screens in their order, by the word that goes on file when a picture fails one. Named here once more, as the
#: screens themselves take longer to import than an id takes to be looked up.
SCREENS = ("placeholder", "too-many-pixels", "too-small", "extreme-aspect", "animated", "undecodable", "blank")


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
        measured = {
            "too-many-pixels": f"{width * height:,} pixels",
            "too-small": f"{width}x{height}",
            "extreme-aspect": f"{max(width, height) / min(width, height):.2f} to 1",
        }
        return tuple(ScreenResult(screen, True, measured.get(screen)) for screen in SCREENS)
    if not unfit:
        return ()
    reason = unfit["reason"]
    known = reason in SCREENS and reason != "undecodable"
    before = SCREENS[: SCREENS.index(reason)] if known else SCREENS[:1]
    return (*(ScreenResult(screen, True, None) for screen in before), ScreenResult(reason, False, unfit["detail"]))
