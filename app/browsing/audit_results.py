"""What the stage ``audit`` found out about a recipe: what tells the label without a look at the picture."""

import json
from dataclasses import dataclass
from typing import Any

from pipeline.evaluation.display_names import PROBES
from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """How well something tells the label, as ROC-AUC with its 95% interval; ``alarm``: what to do about it."""

    name: str
    kind: str
    auc: float
    low: float
    high: float
    alarm: str | None = None


@dataclass(frozen=True, slots=True)
class AuditResults:
    """What was asked, the worst first; all properties of files ``together``; alarms are raised above the ``gate``."""

    tellings: tuple[AttributeRow, ...]
    together: AttributeRow
    gate: float


def read_audit(paths: Paths, recipe: str) -> AuditResults:
    """Read the audit of a recipe.

    Raises:
        StageMissingError: it has not run, or what it left is damaged.
    """
    file = paths.results(recipe) / "audit.json"
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        told = [
            AttributeRow(name.replace("_", " "), "file", **tell, alarm=found["alarms"].get(name))
            for name, tell in found["attributes"].items()
        ]
        told += [AttributeRow(PROBES.get(name, name), "pixels", **tell) for name, tell in found["probes"].items()]
        together = AttributeRow("all properties of files together", "file", **found["together"])
        return AuditResults(tuple(sorted(told, key=lambda each: -each.auc)), together, found["gate"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StageMissingError(file, f"audit@{recipe}") from error
