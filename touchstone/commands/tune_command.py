"""``touchstone tune``: search for better settings of a recipe."""

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.runtime.console import show_json, show_table
from pipeline.runtime.errors import ParamsError

if TYPE_CHECKING:
    import optuna

    from pipeline.runtime.paths import Paths


def tune(
    recipe: Annotated[str, typer.Argument(help="A recipe with a section `search`.")],
    trials: Annotated[
        int, typer.Option(min=1, help="How many trials the study is to have, earlier ones counted.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Try values for a recipe's settings, as its section `search` allows, and write the best as a recipe of its own.

    A trial that does worse than half of the others is ended early. The study is kept: stopped, or asked for more
    trials, it goes on; for a recipe that was edited, or has other pictures, another is begun. Trials are compared on
    the validation pictures; the test pictures are never looked at.

    \b
    Examples:
      touchstone tune four_layer_cnn --trials 30
      touchstone tune four_layer_cnn --json
    """
    from pipeline.config.params import load_params
    from pipeline.config.recipe import load_recipe
    from pipeline.models.tensorflow_backend import make_deterministic
    from pipeline.runtime.paths import Paths, find_root
    from pipeline.runtime.section import read_yaml
    from pipeline.training.training_sets import read_sets
    from touchstone.commands.tuning_study import count_done, name_study, open_study, require_result, try_values

    paths = Paths(find_root())
    params = load_params(paths.root)
    settings = load_recipe(paths, params, recipe)
    if not settings.search:
        raise ParamsError(f"recipes/{recipe}.yaml", "search", "is missing: it says which values may be tried")
    sets, content = read_sets(paths, recipe, settings.size), read_yaml(paths.recipe(recipe))
    make_deterministic(params.seed)
    study = open_study(paths.study(recipe), name_study(recipe, settings, sets, params.seed), params.seed)
    missing = trials - count_done(study)
    if missing > 0:
        # What trainings tell of themselves is not what was asked for.
        with redirect_stdout(sys.stderr):
            study.optimize(lambda trial: try_values(trial, recipe, content, sets, params.seed), n_trials=missing)
    require_result(study)
    found = _write(study, paths, recipe, content)
    if as_json:
        show_json(found)
    else:
        _show(found)


def _write(study: "optuna.Study", paths: "Paths", recipe: str, content: Any) -> dict[str, Any]:
    """Write the best recipe, the table of trials and the drawings; say what came of it."""
    from pipeline.storage.files import write_text
    from touchstone.commands.tuning_study import draw_study, list_trials, write_recipe

    folder, tuned = paths.results(recipe) / "tuning", f"{recipe}_tuned"
    write_recipe(study, recipe, content, paths.recipe(tuned))
    table = list_trials(study)
    write_text(folder / "trials.csv", table.to_csv(index=False, lineterminator="\n"))
    written = [paths.recipe(tuned), folder / "trials.csv", *draw_study(study, folder)]
    return {
        "recipe": tuned,
        "best": study.best_trial.number,
        "accuracy": study.best_value,
        "values": study.best_params,
        "trials": table.to_dict("records"),
        "files": [file.relative_to(paths.root).as_posix() for file in written],
    }


def _show(found: dict[str, Any]) -> None:
    keys = [key for key in found["trials"][0] if key not in {"number", "state", "value"}]
    show_table(("trial>", "state", "accuracy>", *keys), ([_text(row[key]) for key in row] for row in found["trials"]))
    print(f"\nThe best is number {found['best']}: validation accuracy {found['accuracy']:.4f}. Written:")
    print("".join(f"- {file}\n" for file in found["files"]), end="")
    print(f"Add {found['recipe']} under `recipes:` in params.yaml to build it beside the others.")


def _text(value: object) -> object:
    return f"{value:.5g}" if isinstance(value, float) else value
