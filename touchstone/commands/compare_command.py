"""``touchstone compare``: all recipes in one table, beside what others have published on CIFAKE."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.runtime.console import show_json, show_table
from touchstone.commands.flow_command import show_headlines


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
    from pipeline.lineage.comparison import FIGURES, NOTE, PAIRS, compare_recipes, list_pairs, list_rows
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
