"""All recipes side by side, beside published systems: what `touchstone compare` and the app show."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.comparing.compared_recipes import keep, read_scores
from pipeline.comparing.mcnemar import Pair, compare_pairs
from pipeline.comparing.published import PUBLISHED, Published
from pipeline.config.params import Params
from pipeline.judgement.detector_judgement import FILE, read_judgement
from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths

#: Columns, and the figures of ``evaluate`` in them. The interval is that of the accuracy.
FIGURES = {
    "pictures>": "pictures",
    "accuracy>": "accuracy",
    "95% from>": "accuracy_low",
    "to>": "accuracy_high",
    "precision>": "precision",
    "recall>": "recall",
    "ROC-AUC>": "roc_auc",
    "threshold>": "threshold",
}

PAIRS = ("first", "second", "shared>", "not shared>", "only first right>", "only second right>", "p>")


NOTE = """
Theirs is what others report of CIFAKE's official test; it is no measurement of ours. What a recipe scores can be laid
beside it only where its own test is CIFAKE's official one."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The recipes that were evaluated, published systems, every two recipes, and the recipes that were not."""

    recipes: list[dict[str, Any]]
    published: tuple[Published, ...]
    pairs: list[Pair]
    missing: list[str]


def compare_recipes(paths: Paths, params: Params) -> Comparison:
    """Gather what is known of all recipes."""
    results = read_results(paths, params)
    evaluated = [found["recipe"] for found in results]
    missing = [name for name in params.recipes if name not in evaluated]
    return Comparison(results, PUBLISHED, _test_pairs(paths, evaluated), missing)


def list_rows(found: Comparison) -> list[tuple[object, ...]]:
    """List ours, the best first, and theirs: the name, whose it is, and the ``FIGURES``."""
    best_first = sorted(found.recipes, key=lambda each: -each["metrics"].get("accuracy", 0.0))
    rows = [(each["recipe"], "ours", *map(_as_text, _figures(each["metrics"]))) for each in best_first]
    return rows + [(each.system, "theirs", *map(_as_text, _figures(asdict(each)))) for each in found.published]


def _test_pairs(paths: Paths, recipes: list[str]) -> list[Pair]:
    # What was evaluated before scores were kept side by side has none.
    scores = read_scores(paths, [name for name in recipes if paths.scores(name).exists()])
    return compare_pairs({name: keep(rows) for name, rows in scores.items()})


def list_pairs(pairs: list[Pair]) -> list[tuple[object, ...]]:
    """List every two recipes: the columns ``PAIRS``."""
    return [
        (
            pair.first,
            pair.second,
            pair.shared,
            f"{pair.only_in_first:,} + {pair.only_in_second:,}",
            pair.first_right,
            pair.second_right,
            None if pair.p is None else f"{pair.p:.2g}",
        )
        for pair in pairs
    ]


def _figures(metrics: dict[str, Any]) -> list[float | None]:
    return [metrics.get(name) for name in FIGURES.values()]


def _as_text(figure: float | None) -> object:
    return f"{figure:.4f}" if isinstance(figure, float) else figure


def read_results(paths: Paths, params: Params) -> list[dict[str, Any]]:
    """Return the metrics, the judgement and the report's place in the project of every evaluated recipe."""
    results = []
    for recipe in params.recipes:
        folder = paths.results(recipe)
        metrics, report = read_metrics(folder / "metrics.json"), folder / "report.html"
        if metrics is not None:
            where = report.relative_to(paths.root).as_posix() if report.is_file() else None
            # What was evaluated before there were judgements has none.
            judgement = read_judgement(folder / FILE, recipe) if (folder / FILE).is_file() else None
            results.append({"recipe": recipe, "metrics": metrics, "judgement": judgement, "report": where})
    return results


def read_metrics(path: Path) -> dict[str, float] | None:
    """Read the figures that ``evaluate`` wrote; None if it has not run.

    Raises:
        StageMissingError: the file is damaged.
    """
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: value for name, value in content.items() if isinstance(value, int | float)}
    except (OSError, ValueError, AttributeError) as error:
        raise StageMissingError(path, f"evaluate@{path.parent.name}") from error
