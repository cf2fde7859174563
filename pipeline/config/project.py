"""A whole project, checked before anything runs: what cannot work is said in seconds, not after hours."""

from pathlib import Path

from pipeline.config.params import Params, load_params
from pipeline.config.recipe import Recipe, load_recipe, sources_of
from pipeline.runtime.errors import ParamsError
from pipeline.runtime.paths import PARAMS, Paths
from pipeline.storage.labels import Label

#: Train, val and test need one picture of each class.
FEWEST = 3


def load_project(root: Path) -> tuple[Params, dict[str, Recipe]]:
    """Read params.yaml and all recipes, and check that they can work: with each other, and with what is on disk.

    Files and folders are looked for only where their source was not collected yet: after that they may be gone.

    Raises:
        ParamsError: or one of its branches, for the first thing that is wrong.
        PathMissingError: a file or folder that a source names is not there.
        NothingFoundError: no picture of a folder would have a label.
    """
    params, paths = load_params(root), Paths(root)
    recipes = {name: load_recipe(paths, params, name) for name in params.recipes}
    for name, source in params.sources.items():
        if not _was_collected(paths, name):
            source.check(name, root)
    limits = {name: source.count_at_most() for name, source in params.sources.items()}
    for name, recipe in recipes.items():
        _check_counts(name, recipe, params, limits)
    return params, recipes


def _was_collected(paths: Paths, name: str) -> bool:
    """Return whether a source was collected, here or, by what dvc.lock says, on another machine."""
    lock = paths.root / "dvc.lock"
    known = lock.is_file() and f"  collect@{name}:" in lock.read_text(encoding="utf-8").splitlines()
    return known or paths.collected(name).is_dir()


def _check_counts(name: str, recipe: Recipe, params: Params, limits: dict[str, int | None]) -> None:
    """Check that the sources' limits leave enough of each class, as far as they say how much there can be."""
    counts = recipe.split.counts
    wanted = FEWEST if counts is None else counts.train + counts.val + counts.test
    for label in Label:
        names = [each for each in sources_of(recipe, params) if label in params.source(each).classes()]
        known = [limit for each in names if (limit := limits[each]) is not None]
        possible = sum(known)
        if len(known) == len(names) and possible < wanted:
            problem = f"asks for {wanted:,} pictures of each class" if counts else "train, val and test need one each"
            raise ParamsError(
                f"recipes/{name}.yaml",
                "split.counts" if counts else "split",
                f"{problem}, and of {label.name} its sources can give {possible:,} ({', '.join(names)}); raise their "
                f"`limit` in {PARAMS}, add sources, or ask for less",
            )
