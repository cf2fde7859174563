"""Where everything lies. No other module spells a path to data."""

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.runtime.errors import PathMissingError

PARAMS = "params.yaml"


def find_root(start: Path | None = None) -> Path:
    """Find the project that a folder belongs to: the nearest one above that holds params.yaml.

    Raises:
        PathMissingError: there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / PARAMS).is_file():
            return folder
    raise PathMissingError(start / PARAMS, "file", "run this inside a Touchstone project")


def locate(root: Path, named: str) -> Path:
    """Find what params.yaml names: from the project's folder on, or from the home that ``~`` stands for."""
    return root / os.path.expanduser(named)  # noqa: PTH111 - Path.expanduser raises where there is no such home


def cache_folder() -> Path:
    """Return where things are kept that several projects share (the sandbox's pictures, Kaggle's archives).

    ``TOUCHSTONE_CACHE`` moves it.
    """
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "touchstone"
    return Path(os.environ.get("TOUCHSTONE_CACHE") or default)


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of one project."""

    root: Path

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    def definition(self, source: str) -> Path:
        """What a source is, for DVC: only when that changes, it is collected again."""
        return self.datasets / "sources" / f"{source}.json"

    def stated(self, source: str) -> Path:
        """What is stated of a source and decides on what is screened of it."""
        return self.datasets / "stated" / f"{source}.json"

    def collected(self, source: str) -> Path:
        return self.datasets / "collected" / source

    def screened(self, source: str) -> Path:
        return self.datasets / "screened" / source

    def views(self, source: str) -> Path:
        """Where the views are of a source's screened pictures, row for row of their manifest."""
        return self.screened(source) / "views.parquet"

    @property
    def deduplicated(self) -> Path:
        return self.datasets / "deduplicated"

    def keep_list(self, source: str) -> Path:
        return self.deduplicated / "keep" / f"{source}.parquet"

    def resized(self, source: str) -> Path:
        return self.datasets / "resized" / source

    def split(self, recipe: str) -> Path:
        return self.datasets / "split" / recipe

    def augmented(self, recipe: str) -> Path:
        return self.datasets / "augmented" / recipe

    @property
    def cards(self) -> Path:
        return self.datasets / "cards"

    def croissant(self, recipe: str) -> Path:
        """Where a data set is described for programs: above all that it describes, as Croissant wants it."""
        return self.datasets / f"{recipe}.croissant.json"

    def results(self, recipe: str) -> Path:
        return self.root / "results" / recipe

    def seed_list(self, recipe: str) -> Path:
        """What became of each seed, where a recipe has several."""
        return self.results(recipe) / "training" / "seeds.json"

    def seed_model(self, recipe: str, seed: int) -> Path:
        """Where the model of a seed is that was not kept."""
        return self.results(recipe) / "training" / "seeds" / f"{seed}.keras"

    def scores(self, recipe: str) -> Path:
        """Every score of a recipe's test, of all its seeds: side by side with those of the others, to be compared."""
        return self.root / "results" / "scores" / f"{recipe}.parquet"

    def compared_judgement(self, recipe: str) -> Path:
        """What may be said of a recipe's detector, once more: side by side with the others, to be compared."""
        return self.root / "results" / "scores" / f"{recipe}.json"

    @property
    def comparison(self) -> Path:
        return self.root / "results" / "compare.html"

    def recipe(self, name: str) -> Path:
        return self.root / "recipes" / f"{name}.yaml"

    def spool(self, source: str) -> Path:
        """Where a collection keeps what it has fetched until it is sharded. Not a DVC out."""
        return self.root / ".touchstone" / "spool" / source

    def removed(self, source: str) -> Path:
        """What was collected of a source that params.yaml has lost, where DVC's cache does not hold it. It is kept."""
        return self.root / ".touchstone" / "removed" / source

    def ledger(self, source: str) -> Path:
        """Where it is written down what became of every address that was ever tried. Not a DVC out: it is kept."""
        return self.datasets / "ledgers" / f"{source}.sqlite"

    def retry_spool(self, source: str) -> Path:
        """Where `touchstone retry` keeps what it has fetched: apart, as a collection may be interrupted as well."""
        return self.root / ".touchstone" / "retry" / source

    @property
    def forgetting(self) -> Path:
        """What `touchstone forget` looks for, until it is proved gone. Not a DVC out."""
        return self.root / ".touchstone" / "forgetting.json"

    def checkpoint(self, recipe: str) -> Path:
        """Where a training leaves what it needs to go on. Not a DVC out: DVC removes those before it runs a stage."""
        return self.root / ".touchstone" / "checkpoints" / f"{recipe}.npz"

    def seeds(self, recipe: str) -> Path:
        """Where the trainings of several seeds wait until all are done. Not a DVC out, as a checkpoint is none."""
        return self.root / ".touchstone" / "seeds" / recipe

    def study(self, recipe: str) -> Path:
        """Where `touchstone tune` keeps its trials. Not a DVC out: it grows from call to call."""
        return self.root / ".touchstone" / "studies" / f"{recipe}.db"

    def logs(self, recipe: str) -> Path:
        """TensorBoard's logs. They hold times, so they are no DVC out."""
        return self.root / "logs" / recipe
