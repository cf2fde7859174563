"""Which of the attributes that tell the label raise the alarm, and which can do nothing.

An attribute rests where it has no pathway into the pixels, or where a remedy is in the params and the pixels show that
it works: pictures that were remade like the other class's files cannot be told, with the whole 95% interval of the
ROC-AUC below the gate. Compression never rests without ``resize.equalise``, whatever the traits say: it is the
shortcut that detectors are known to take, and they see more than the traits do. Too few pictures prove nothing, and
let nothing rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.auditing.advice import CUT_ALIKE, LEFT_BEHIND, NOT_SEEN, PATHWAYS, Pathway, explain_alarm
from pipeline.auditing.attribute_scores import AttributeScore, Folds
from pipeline.auditing.pixel_reach import measure_reach
from pipeline.auditing.remedies import AlarmCase, Remedy, find_remedy, put_together, write_sections
from pipeline.runtime.paths import Paths

if TYPE_CHECKING:
    from pipeline.config.params import Params
    from pipeline.config.recipe import Recipe


@dataclass(frozen=True, slots=True)
class AlarmQuestion:
    """The recipe that is audited, and a sample of its pictures, in the order of chance, with their attributes."""

    paths: Paths
    params: Params
    name: str
    recipe: Recipe
    sample: pd.DataFrame
    folds: Folds


def settle(question: AlarmQuestion, found: Mapping[str, Any], telling: Sequence[str]) -> dict[str, Any]:
    """Divide the attributes that tell the label into ``alarms`` with ``remedies``, and those that are ``rested``."""
    gate, attributes = found["gate"], found["attributes"]
    reaches: dict[Pathway, AttributeScore] = {}
    alarms, remedies, cases, rested = {}, {}, {}, {}
    for name in telling:
        why, reach = _ask(question, PATHWAYS[name], gate, reaches)
        if why:
            rested[name] = attributes[name] | {"reach": reach, "why": why}
            continue
        remedy = find_remedy(
            AlarmCase(name, question.sample, question.folds, gate, question.params, question.name, question.recipe)
        )
        cases[name] = remedy
        alarms[name] = explain_alarm(PATHWAYS[name], reach, _put_remedy(remedy, question.params))
        remedies[name] = attributes[name] | {
            "pathways": list(PATHWAYS[name]),
            "reach": reach,
            "settings": remedy.settings,
            "by_hand": remedy.by_hand,
            "expected": remedy.expected,
        }
    whole = put_together(cases)
    whole["paste"] = {file: list(write_sections(each, question.params)) for file, each in whole["settings"].items()}
    return {"alarms": alarms, "remedies": remedies, "remedy": whole, "rested": rested}


def _ask(
    question: AlarmQuestion, pathways: tuple[Pathway, ...], gate: float, reaches: dict[Pathway, AttributeScore]
) -> tuple[str | None, dict[str, float] | None]:
    """Describe why an attribute may rest, or None, and how far what it stands for reaches, where that was measured."""
    if not pathways:
        return LEFT_BEHIND, None
    resize = question.params.resize
    if "shape" in pathways:
        return (CUT_ALIKE if resize.mode == "centre-crop" else None), None
    if "compression" in pathways and resize.equalise is None:
        return None, None
    for pathway in pathways:
        if pathway not in reaches:
            work = (pathway, question.recipe.size, question.params)
            reaches[pathway] = measure_reach(question.paths, question.sample, question.folds, work)
    worst = max((reaches[pathway] for pathway in pathways), key=lambda tell: tell.high)
    row = worst.row()
    return (NOT_SEEN.format(**row) if worst.high < gate else None), row


def _put_remedy(remedy: Remedy, params: Params) -> str:
    pasted = [
        f"`{section}` in {file}"
        for file, sections in remedy.settings.items()
        for section in write_sections(sections, params)
    ]
    return f"set {', and '.join(pasted)}" if pasted else str(remedy.by_hand)
