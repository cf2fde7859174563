"""``touchstone compare``: all recipes in one table, beside what others have published on CIFAKE."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pipeline.comparing.comparison import read_results

from pipeline.runtime.console import show_json, show_table
from touchstone.commands.flow_command import show_headlines

if TYPE_CHECKING:
    from pipeline.comparing.mcnemar import Pair
    from pipeline.comparing.published import Published
    from pipeline.config.params import Params
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


def compare(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the figures of all recipes that were evaluated, beside those of published systems.

    Every two recipes are put to McNemar's test on the test pictures that they share. `dvc repro` writes the same as
    results/compare.html.

    \b
    Examples:
      touchstone compare
      touchstone compare --json
    """
    from pipeline.config.params import load_params
    from pipeline.runtime.paths import Paths, find_root

    paths = Paths(find_root())
    found = compare_recipes(paths, load_params(paths.root))
    if as_json:
        told = asdict(found)
        show_json({name: told[name] for name in ("recipes", "published", "pairs")})
        return
    show_headlines(found.recipes)
    show_table(("detector", "whose", *FIGURES), list_rows(found))
    if found.missing:
        print(f"\nNot evaluated yet: {', '.join(found.missing)}; run `dvc repro`.")
    print(NOTE)
    if found.pairs:
        print("\nMay a difference be chance? McNemar's test (mid-p), on the test pictures that two recipes share\n")
        show_table(PAIRS, list_pairs(found.pairs))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The recipes that were evaluated, published systems, every two recipes, and the recipes that were not."""

    recipes: list[dict[str, Any]]
    published: "tuple[Published, ...]"
    pairs: "list[Pair]"
    missing: list[str]


def compare_recipes(paths: "Paths", params: "Params") -> Comparison:
    """Gather what is known of all recipes."""
    from pipeline.comparing.published import PUBLISHED

    results = read_results(paths, params)
    evaluated = [found["recipe"] for found in results]
    missing = [name for name in params.recipes if name not in evaluated]
    return Comparison(results, PUBLISHED, _test_pairs(paths, evaluated), missing)


def list_rows(found: Comparison) -> list[tuple[object, ...]]:
    """List ours, the best first, and theirs: the name, whose it is, and the ``FIGURES``."""
    best_first = sorted(found.recipes, key=lambda each: -each["metrics"].get("accuracy", 0.0))
    rows = [(each["recipe"], "ours", *map(_as_text, _figures(each["metrics"]))) for each in best_first]
    return rows + [(each.system, "theirs", *map(_as_text, _figures(asdict(each)))) for each in found.published]


def _test_pairs(paths: "Paths", recipes: list[str]) -> "list[Pair]":
    from pipeline.comparing.compared_recipes import keep, read_scores
    from pipeline.comparing.mcnemar import compare_pairs

    # What was evaluated before scores were kept side by side has none.
    scores = read_scores(paths, [name for name in recipes if paths.scores(name).exists()])
    return compare_pairs({name: keep(rows) for name, rows in scores.items()})


def list_pairs(pairs: "list[Pair]") -> list[tuple[object, ...]]:
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
