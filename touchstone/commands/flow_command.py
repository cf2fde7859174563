"""``touchstone flow``: how many pictures each stage took and gave, why the others went, and what came of it."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import reasons, show_json, show_sentences, show_table
from pipeline.runtime.errors import StageMissingError

if TYPE_CHECKING:
    from pipeline.config.params import Params
    from pipeline.judgement.detector_judgement import DetectorJudgement
    from pipeline.readers.funnel import Funnel, Step
    from pipeline.runtime.paths import Paths


#: Columns, and the figures of ``evaluate`` in them. The interval is that of the accuracy.
FIGURES = {"accuracy>": "accuracy", "95% from>": "accuracy_low", "to>": "accuracy_high", "ROC-AUC>": "roc_auc"}


def flow(
    recipe: Annotated[
        str | None, typer.Option(help="Whose split to show; the first of params.yaml if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how many pictures each stage kept of each source, and the reasons of the others.

    Then, for each recipe that was evaluated: what may be said of it, its accuracy, and where the report lies.

    \b
    Examples:
      touchstone flow
      touchstone flow --recipe four_layer_cnn
      touchstone flow --json
    """
    from pipeline.config.params import load_params
    from pipeline.lineage.comparison import read_results
    from pipeline.readers.funnel import read_funnel
    from pipeline.runtime.paths import Paths, find_root

    paths = Paths(find_root())
    params = load_params(paths.root)
    name = recipe or params.recipes[0]
    funnel = read_funnel(paths, params, name)
    results = read_results(paths, params)
    if as_json:
        remedies = {each: read_audit(paths.results(each) / "audit.json").get("remedies") for each in params.recipes}
        show_json(
            {
                "recipe": name,
                "stages": [_as_json(step) for step in funnel.steps],
                "results": [each | {"judgement": _told(each["judgement"])} for each in results],
                "alarms": remedies,
            }
        )
        return
    _show_counts(funnel)
    _show_dropped(funnel)
    _show_results(results)
    _show_next(results)
    _show_alarms(paths, params)


def _told(judgement: "DetectorJudgement | None") -> dict[str, Any] | None:
    return None if judgement is None else judgement.to_json()


def _as_json(step: "Step") -> dict[str, Any]:
    return {"stage": step.stage, "sources": [{**asdict(row), "dropped": dict(row.dropped)} for row in step.rows]}


def _show_counts(funnel: "Funnel") -> None:
    """One row per source, one column per stage; below them the sums, also by class."""
    print("Pictures that came out of each stage\n")
    sources = [row.source for row in funnel.steps[0].rows]
    given = {(row.source, step.stage): row.given for step in funnel.steps for row in step.rows}
    rows: list[list[object]] = [[source, *(given[source, step.stage] for step in funnel.steps)] for source in sources]
    for name in ("real", "fake", "given"):
        title = "all" if name == "given" else name.upper()
        rows.append([f"= {title}", *(sum(getattr(row, name) for row in step.rows) for step in funnel.steps)])
    show_table(("source", *(f"{step.stage}>" for step in funnel.steps)), rows)


def _show_dropped(funnel: "Funnel") -> None:
    rows = [
        (step.stage, row.source, reasons(row.dropped)) for step in funnel.steps for row in step.rows if row.dropped
    ]
    if rows:
        print("\nPictures that were dropped, and why\n")
        show_table(("stage", "source", "reasons"), rows)


def _show_results(results: list[dict[str, Any]]) -> None:
    if results:
        print("\nDetectors, on their test pictures\n")
        show_headlines(results)
        rows = [
            (r["recipe"], *(_figure(r["metrics"], name) for name in FIGURES.values()), r["report"]) for r in results
        ]
        show_table(("recipe", *FIGURES, "report"), rows)


def show_headlines(results: list[dict[str, Any]]) -> None:
    """Print what may be said of each detector, and what to do where it cannot be judged."""
    for judgement in filter(None, (each["judgement"] for each in results)):
        show_sentences([judgement.headline, *(f"What to do: {remedy}." for remedy in judgement.remedies)])


def _figure(metrics: Mapping[str, float], name: str) -> str | None:
    return f"{metrics[name]:.4f}" if name in metrics else None


def _show_next(results: list[dict[str, Any]]) -> None:
    steps = [f"open {r['report']} in a browser" for r in results if r["report"]]
    if results:
        steps.append("ask the detector about a picture: touchstone predict photo.jpg")
    steps.append("add a keyword under `sources:` in params.yaml, then: dvc repro")
    if sys.prefix != sys.base_prefix and "VIRTUAL_ENV" not in os.environ:
        activate = os.path.relpath(Path(sys.prefix) / "bin" / "activate")
        steps.insert(0, f"once in every terminal, so that it knows touchstone and dvc: . {activate}")
    print("\nWhat to try next")
    print("".join(f"- {step}\n" for step in steps), end="")


def _show_alarms(paths: "Paths", params: "Params") -> None:
    """End with what the audits found, where they raised the alarm, and with the settings that take it away."""
    from pipeline.auditing.advice import close_with_remedy

    for recipe in params.recipes:
        if lines := close_with_remedy(recipe, read_audit(paths.results(recipe) / "audit.json")):
            print("\n" + "\n".join(lines))


def read_audit(path: Path) -> dict[str, Any]:
    """Read what the stage ``audit`` found; nothing if it has not run.

    Raises:
        StageMissingError: the file is damaged.
    """
    if not path.exists():
        return {}
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {key: content[key] for key in ("attributes", "alarms", "remedies", "remedy", "rested")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StageMissingError(path, f"audit@{path.parent.name}") from error
