"""``touchstone compare``: all recipes in one table, beside what others have published on CIFAKE."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from touchstone.flow import read_results
from touchstone.show import show_json, show_table

if TYPE_CHECKING:
    from pipeline.comparing.mcnemar import Pair
    from pipeline.parts.paths import Paths

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
    from pipeline.comparing.published import PUBLISHED
    from pipeline.parts.params import load_params
    from pipeline.parts.paths import Paths, find_root

    paths = Paths(find_root())
    params = load_params(paths.root)
    results = read_results(paths, params)
    pairs = _test_pairs(paths, [found["recipe"] for found in results])
    if as_json:
        published = [asdict(system) for system in PUBLISHED]
        show_json({"recipes": results, "published": published, "pairs": [asdict(pair) for pair in pairs]})
        return
    best_first = sorted(results, key=lambda found: -found["metrics"].get("accuracy", 0.0))
    rows = [(found["recipe"], "ours", *map(_as_text, _figures(found["metrics"]))) for found in best_first]
    rows += [(system.system, "theirs", *map(_as_text, _figures(asdict(system)))) for system in PUBLISHED]
    show_table(("detector", "whose", *FIGURES), rows)
    missing = [name for name in params.recipes if name not in {found["recipe"] for found in results}]
    if missing:
        print(f"\nNot evaluated yet: {', '.join(missing)}; run `dvc repro`.")
    print(NOTE)
    _show_pairs(pairs)


def _test_pairs(paths: "Paths", recipes: list[str]) -> "list[Pair]":
    from pipeline.comparing.entries import keep, read_scores
    from pipeline.comparing.mcnemar import compare_pairs

    # What was evaluated before scores were kept side by side has none.
    scores = read_scores(paths, [name for name in recipes if paths.scores(name).exists()])
    return compare_pairs({name: keep(rows) for name, rows in scores.items()})


def _show_pairs(pairs: "list[Pair]") -> None:
    if not pairs:
        return
    print("\nMay a difference be chance? McNemar's test (mid-p), on the test pictures that two recipes share\n")
    show_table(
        ("first", "second", "shared>", "not shared>", "only first right>", "only second right>", "p>"),
        (
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
        ),
    )


def _figures(metrics: dict[str, Any]) -> list[float | None]:
    return [metrics.get(name) for name in FIGURES.values()]


def _as_text(figure: float | None) -> object:
    return f"{figure:.4f}" if isinstance(figure, float) else figure
