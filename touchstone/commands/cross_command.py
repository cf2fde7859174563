"""``touchstone cross``: train on some sources, test on others."""

from typing import Annotated, Any

import typer

from pipeline.runtime.console import show_json, show_table


def cross(
    recipe: Annotated[str, typer.Argument(help="Whose split, network and training.")],
    domain: Annotated[
        list[str] | None, typer.Option(help="Sources that together have both classes: photos+fakes. Again for more.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Train the recipe's detector on each domain alone, and test it on every other.

    A domain is a source with both classes, or a source of FAKE pictures with all sources of REAL ones; --domain names
    others. Training and test pictures are those of the recipe's split, both classes as many. What is done is kept in
    results/RECIPE/cross.json: stopped, or asked for more domains, it goes on.

    \b
    Examples:
      touchstone cross four_layer_cnn
      touchstone cross four_layer_cnn --domain animals+dalle2_generated_images --domain cifake
      touchstone cross four_layer_cnn --json
    """
    from pipeline.config.params import load_params
    from pipeline.config.recipe import load_recipe, sources_of
    from pipeline.runtime.paths import Paths, find_root
    from touchstone.crossing.domains import read_domains
    from touchstone.crossing.matrix import Crossing

    paths = Paths(find_root())
    params = load_params(paths.root)
    settings = load_recipe(paths, params, recipe)
    domains = read_domains(params, sources_of(settings, params), domain or [])
    rows = Crossing(paths, recipe, settings, params.seed).run(domains)
    if as_json:
        show_json(rows)
        return
    for title, figure, low, high in (
        ("Accuracy", "accuracy", "accuracy_low", "accuracy_high"),
        ("ROC-AUC", "roc_auc", "roc_auc_low", "roc_auc_high"),
    ):
        print(f"{title}, with its 95% interval; * tested on the sources that it was trained on\n")
        show_table(
            ("trained on", *(f"on {each.name}>" for each in domains)),
            (
                (name, *(_cell(row["on"][each.name], (figure, low, high), each.name == name) for each in domains))
                for name, row in rows.items()
            ),
        )
        print()


def _cell(found: dict[str, Any], names: tuple[str, str, str], diagonal: bool) -> str:
    value, low, high = (f"{found[name]:.3f}" for name in names)
    return f"{'* ' if diagonal else ''}{value} ({low} to {high})"
