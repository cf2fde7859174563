"""The three sentences that a report opens with: how good, on what, and where it fails."""

from collections.abc import Mapping
from typing import Any

from pipeline.config.params import Params
from pipeline.report.display_names import name_damage, name_part

Figures = Mapping[str, Any]

#: The lowest accuracy of each word, highest first.
WORDS = ((0.97, "very well"), (0.9, "well"), (0.75, "fairly well"), (0.0, "poorly"))


def judge(params: Params, recipe: str, figures: Figures) -> tuple[str, str, str]:
    """Say in plain words what the figures of ``pipeline.evaluate`` mean."""
    return _how_good(recipe, figures), _on_what(params, figures), _where_it_fails(figures)


def _how_good(recipe: str, figures: Figures) -> str:
    accuracy, low = figures["accuracy"], figures["accuracy_low"]
    larger = max(figures["real"], figures["fake"]) / figures["pictures"]
    if low <= larger:
        return f"The detector {recipe} did no better than guessing: it called {accuracy:.1%} of the pictures rightly."
    word = next(word for least, word in WORDS if accuracy >= least)
    return (
        f"The detector {recipe} tells AI-generated pictures from photographs {word}: "
        f"it called {_of_100(accuracy)} pictures rightly."
    )


def _of_100(accuracy: float) -> str:
    """Say a share so that it can be pictured.

    >>> _of_100(0.9731), _of_100(0.5), _of_100(0.9999)
    ('97 of every 100', '50 of every 100', '9,999 of every 10,000')
    """
    whole = next(n for n in (100, 1_000, 10_000) if round(accuracy * n) < n or n == 10_000)
    return f"{round(accuracy * whole):,} of every {whole:,}"


def _on_what(params: Params, figures: Figures) -> str:
    recalls = {name: figures["classification_report"][name]["recall"] for name in ("REAL", "FAKE")}
    names = list(figures["breakdown"]["source"])
    return (
        f"It was asked about {figures['pictures']:,} pictures from {_list(names)} that it had not been trained on"
        f"{_stand_ins(params.sandboxed(names), names)}, and recognised {recalls['REAL']:.1%} of the photographs and "
        f"{recalls['FAKE']:.1%} of the fakes."
    )


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _stand_ins(sandboxed: list[str], names: list[str]) -> str:
    """Say of pictures of the sandbox that they are."""
    if not sandboxed:
        return ""
    which = "all of them" if len(sandboxed) == len(names) else f"those of {_list(sandboxed)}"
    return f" ({which} from the sandbox, where small neural networks stand in for generators of AI images)"


def _where_it_fails(figures: Figures) -> str:
    worst, robustness = figures["worst"], figures["robustness"]
    part = name_part(worst["by"], worst["name"])
    harm, harmed = min(robustness.items(), key=lambda row: row[1]["accuracy"])
    clearly = worst["accuracy_high"] < figures["accuracy"]
    fails = (
        f"It fails most on {part}: {worst['accuracy']:.1%} of these {worst['pictures']:,} are called rightly"
        if clearly
        else f"It does about as well on every part of the test, the least so on {part} ({worst['accuracy']:.1%})"
    )
    if harm == "clean":
        return f"{fails}; no damage that befalls pictures on the web makes it worse."
    return (
        f"{fails}; of what befalls pictures on the web, {name_damage(harm)} harms it most ({harmed['accuracy']:.1%} "
        "called rightly); and on generators and web sites that it was not trained on, expect worse."
    )
