"""The page itself: everything that it shows is gathered here, and the template turns it into HTML."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import classification_report

from pipeline.config.params import Params
from pipeline.config.recipe import load_recipe, sources_of
from pipeline.evaluation.display_names import (
    CONTENTS,
    KINDS,
    PROBES,
    REASONS,
    STEPS,
    THRESHOLDS,
    name_damage,
    name_part,
)
from pipeline.evaluation.metrics import call
from pipeline.judgement.detector_judgement import DetectorJudgement
from pipeline.readers.funnel import Funnel, Step, read_funnel
from pipeline.report import examples
from pipeline.report.charts import to_svg
from pipeline.report.grad_cam_examples import GradCamExamples
from pipeline.report.plot_files import Charts
from pipeline.report.sankey import draw_sankey
from pipeline.report.templates import mark_code, open_template
from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label

TEMPLATE = "report.html.j2"

#: The charts that are drawn into the page, in this order; the table of damages has bars of its own.
CURVES = ("roc", "precision_recall", "reliability", "thresholds", "loss", "accuracy")

#: How many attributes are named that tell the label without a look at the pixels.
WORST = 6


@dataclass(frozen=True, slots=True)
class Findings:
    """What ``evaluate`` found: a row per test picture with all facts of it, the figures, and what is made of them."""

    predictions: pd.DataFrame
    figures: Mapping[str, Any]
    charts: Charts
    looks: GradCamExamples
    judgement: DetectorJudgement


def render_report(paths: Paths, params: Params, name: str, findings: Findings) -> str:
    """Write the report of a recipe as one HTML file that loads nothing from anywhere.

    Raises:
        StageMissingError: a stage that the report tells of has not run.
    """
    predictions, figures = findings.predictions, findings.figures
    recipe = load_recipe(paths, params, name)
    sources = sources_of(recipe, params)
    funnel = read_funnel(paths, params, name)
    template = open_template(TEMPLATE, filters={"code": mark_code}, tests={"web": is_web})
    return template.render(
        name=name,
        recipe=recipe,
        judgement=findings.judgement,
        reasons=REASONS,
        probes=PROBES,
        thresholds=THRESHOLDS,
        kinds=KINDS,
        damage=name_damage,
        worst=name_part(figures["worst"]["by"], figures["worst"]["name"]),
        figures=figures,
        funnel=_totals(funnel),
        sankey=draw_sankey(funnel),
        charts=[
            {"title": chart.title, "svg": to_svg(chart)} for key, chart in findings.charts.items() if key in CURVES
        ],
        looks=findings.looks,
        contents=CONTENTS,
        classes=_classification_text(predictions, figures["threshold"]),
        audit=_choose_worst(read_audit(paths.results(name) / "audit.json", name)),
        shown=_gather_examples(
            paths, params, sources, name, examples.choose_errors(predictions, figures["threshold"])
        ),
    )


def is_web(address: object) -> bool:
    """Return whether an address may become a link: pages come from anywhere, and ``javascript:`` is an address too.

    >>> is_web("https://example.org/a.html"), is_web("javascript:alert(1)"), is_web(None)
    (True, False, False)
    """
    return isinstance(address, str) and address.startswith(("https://", "http://"))


def read_audit(path: Path, recipe: str) -> dict[str, Any]:
    """Read what the stage ``audit`` found.

    Raises:
        StageMissingError: the stage has not run.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageMissingError(path, f"audit@{recipe}") from error
    return found


def _choose_worst(audit: dict[str, Any]) -> dict[str, Any]:
    """Keep of the attributes those that tell most of the label."""
    return audit | {"attributes": dict(itertools.islice(audit["attributes"].items(), WORST))}


def _totals(funnel: Funnel) -> list[dict[str, Any]]:
    largest = max(sum(row.given for row in step.rows) for step in funnel.steps) or 1
    return [_total(step, largest) for step in funnel.steps]


def _total(step: Step, largest: int) -> dict[str, Any]:
    dropped: dict[str, int] = {}
    for row in step.rows:
        for reason, count in row.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
    real, fake = sum(row.real for row in step.rows), sum(row.fake for row in step.rows)
    return {
        "stage": step.stage,
        "words": STEPS.get(step.stage, ""),
        "real": real,
        "fake": fake,
        "real_width": f"{100 * real / largest:.2f}",
        "fake_width": f"{100 * fake / largest:.2f}",
        "dropped": dict(sorted(dropped.items(), key=lambda item: (-item[1], item[0]))),
        "rows": step.rows,
    }


def _classification_text(predictions: pd.DataFrame, threshold: float) -> str:
    called = call(predictions["score"].to_numpy(), threshold)
    names = [label.name for label in Label]
    return str(classification_report(predictions["label"], called, target_names=names, digits=4, zero_division=0.0))


def _gather_examples(
    paths: Paths, params: Params, sources: list[str], name: str, errors: dict[str, pd.DataFrame]
) -> dict[str, dict[str, list[examples.Example]]]:
    chosen = {
        "kept": examples.choose_kept(paths, name, params.seed),
        "dropped": examples.choose_dropped(paths, sources, name, params.seed),
        "groups": examples.choose_groups(paths, sources),
        "errors": errors,
    }
    keys = {key for part in chosen.values() for rows in part.values() for key in examples.keys_of(rows)}
    records = examples.read_records(paths, sorted(keys), params)
    sides = {"kept": examples.SMALL, "dropped": examples.SMALL, "groups": examples.SMALL, "errors": examples.LARGE}
    return {
        part: {title: examples.show(rows, records, sides[part]) for title, rows in choices.items()}
        for part, choices in chosen.items()
    }
