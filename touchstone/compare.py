"""``touchstone compare``: all recipes in one table, beside what others have published on CIFAKE."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from touchstone.flow import read_results
from touchstone.show import show_json, show_table

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


@dataclass(frozen=True, slots=True)
class Published:
    """What the authors of a system report of it on CIFAKE; we measured nothing of it. FAKE is their positive class."""

    system: str
    accuracy: float
    precision: float | None = None
    recall: float | None = None


PUBLISHED = (
    Published("EfficientNetB6, theirs of recipe efficientnetb6", 0.9410, 0.9450, 0.9367),
    Published("three convolutions, theirs of recipe three_layer_cnn_32", 0.919, 0.923, 0.913),
    Published("the data set's paper (Bird and Lotfi 2024), two convolutions", 0.9298),
    Published("six convolutions, 25 epochs: the best small network", 0.9766),
    Published("DenseNet (Wang, Hao and Cong)", 0.9774),
)

NOTE = """
Theirs is what others report of CIFAKE's official test; it is no measurement of ours. What a recipe scores can be laid
beside it only where its own test is CIFAKE's official one."""


def compare(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the figures of all recipes that were evaluated, beside those of published systems.

    \b
    Examples:
      touchstone compare
      touchstone compare --json
    """
    from pipeline.parts.params import load_params
    from pipeline.parts.paths import Paths, find_root

    paths = Paths(find_root())
    params = load_params(paths.root)
    results = read_results(paths, params)
    if as_json:
        show_json({"recipes": results, "published": [asdict(system) for system in PUBLISHED]})
        return
    best_first = sorted(results, key=lambda found: -found["metrics"].get("accuracy", 0.0))
    rows = [(found["recipe"], "ours", *map(_as_text, _figures(found["metrics"]))) for found in best_first]
    rows += [(system.system, "theirs", *map(_as_text, _figures(asdict(system)))) for system in PUBLISHED]
    show_table(("detector", "whose", *FIGURES), rows)
    missing = [name for name in params.recipes if name not in {found["recipe"] for found in results}]
    if missing:
        print(f"\nNot evaluated yet: {', '.join(missing)}; run `dvc repro`.")
    print(NOTE)


def _figures(metrics: dict[str, Any]) -> list[float | None]:
    return [metrics.get(name) for name in FIGURES.values()]


def _as_text(figure: float | None) -> object:
    return f"{figure:.4f}" if isinstance(figure, float) else figure
