"""The three sentences that a report opens with: how good, on what, and what to beware of."""

from collections.abc import Mapping
from typing import Any

from pipeline.parts.params import Params

Figures = Mapping[str, Any]

#: The lowest accuracy of each word, highest first.
WORDS = ((0.97, "very well"), (0.9, "well"), (0.75, "fairly well"), (0.0, "poorly"))


def judge(params: Params, recipe: str, figures: Figures) -> tuple[str, str, str]:
    """Say in plain words what the figures of ``pipeline.evaluation.figures.measure`` mean."""
    return _how_good(recipe, figures), _on_what(figures), _beware(params, figures)


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


def _on_what(figures: Figures) -> str:
    recalls = {name: figures["classification_report"][name]["recall"] for name in ("REAL", "FAKE")}
    names = list(figures["sources"])
    origin = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return (
        f"It was asked about {figures['pictures']:,} pictures from {origin} that it had not been trained on, and "
        f"recognised {recalls['REAL']:.1%} of the photographs and {recalls['FAKE']:.1%} of the fakes."
    )


def _beware(params: Params, figures: Figures) -> str:
    sandboxed = params.sandboxed(figures["sources"])
    if len(sandboxed) == len(figures["sources"]):
        return (
            "All of them are the sandbox's: crops of a few photographs, and resyntheses of these by small neural "
            "networks that stand in for AI-generated images, so the score shows that the chain works and no more."
        )
    if sandboxed:
        return (
            f"Those of {', '.join(sandboxed)} are the sandbox's, where resyntheses by small neural networks stand in "
            "for AI-generated images, so for these the score claims nothing."
        )
    return (
        "The score holds for pictures like these and no others: detectors of this kind do much worse on generators, "
        "web sites and file formats that they were not trained on."
    )
