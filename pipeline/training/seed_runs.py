"""One training per seed: the one that does best on validation is the detector, the others are kept beside it."""

import json
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.config.recipe import Recipe
from pipeline.models.architecture_drawing import describe
from pipeline.models.saved_model import save_model
from pipeline.models.tensorflow_backend import make_deterministic, start_keras
from pipeline.runtime.paths import Paths
from pipeline.storage.files import write_json
from pipeline.training.callbacks import log_figures
from pipeline.training.checkpoint import Checkpoint, fingerprint
from pipeline.training.loop import train
from pipeline.training.training_sets import Sets


@dataclass(frozen=True, slots=True)
class Job:
    """A recipe with what it is trained on, and the facts of that."""

    paths: Paths
    name: str
    recipe: Recipe
    sets: Sets
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FinishedSeed:
    """A finished training: the epoch of its weights, and how it did on validation then."""

    seed: int
    epoch: int
    accuracy: float
    loss: float


def train_seeds(job: Job, first: int) -> FinishedSeed:
    """Train with so many seeds as the recipe says, from ``first`` on, and write the best one's results.

    The best has the highest accuracy on validation, then the lowest loss there, then the lowest seed. A stage that was
    killed goes on with the seed, and the epoch, at which it was.
    """
    results = job.paths.results(job.name)
    # Of an earlier run with more seeds: `evaluate` would take them for seeds of this one.
    job.paths.seed_list(job.name).unlink(missing_ok=True)
    shutil.rmtree(job.paths.seed_model(job.name, first).parent, ignore_errors=True)
    if job.recipe.train.seeds == 1:
        return train_seed(job, first, results)
    waiting = job.paths.seeds(job.name)
    done = [_train_once(job, seed, waiting / str(seed)) for seed in range(first, first + job.recipe.train.seeds)]
    best = max(done, key=lambda each: (each.accuracy, -each.loss, -each.seed))
    _publish(job, done, best)
    shutil.rmtree(waiting)
    return best


def train_seed(job: Job, seed: int, folder: Path) -> FinishedSeed:
    """Train once, and write the model and its ``training`` into a folder."""
    start_keras()
    import keras

    # Layers are numbered anew, so that a model's bytes do not tell how many were built before it.
    keras.backend.clear_session()
    make_deterministic(seed, job.recipe.train.deterministic)
    training = folder / "training"
    checkpoint = Checkpoint(job.paths.checkpoint(job.name), fingerprint(job.recipe, job.facts, seed))
    trained = train(job.recipe, job.sets, seed, log_figures(training, job.paths.logs(job.name)), checkpoint)
    save_model(trained.model, folder / "model.keras", trained.threshold)
    describe(trained.model, training)
    write_json(training / "provenance.json", job.facts)
    checkpoint.remove()
    return FinishedSeed(seed, trained.epoch, trained.accuracy, trained.loss)


def _train_once(job: Job, seed: int, folder: Path) -> FinishedSeed:
    """Train a seed, unless that is done already with the same recipe, pictures and code."""
    mark, name = folder / "done.json", fingerprint(job.recipe, job.facts, seed)
    try:
        found = json.loads(mark.read_text(encoding="utf-8"))
        if found.pop("fingerprint") == name:
            print(f"seed {seed} is done already", file=sys.stderr)
            return FinishedSeed(**found)
    except (OSError, ValueError, TypeError, KeyError):
        pass
    print(f"seed {seed}", file=sys.stderr)
    done = train_seed(job, seed, folder)
    write_json(mark, {**asdict(done), "fingerprint": name})
    return done


def _publish(job: Job, done: list[FinishedSeed], best: FinishedSeed) -> None:
    results, waiting = job.paths.results(job.name), job.paths.seeds(job.name)
    shutil.rmtree(results / "training", ignore_errors=True)
    shutil.copytree(waiting / str(best.seed) / "training", results / "training")
    for each in done:
        target = results / "model.keras" if each is best else job.paths.seed_model(job.name, each.seed)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(waiting / str(each.seed) / "model.keras", target)
    write_json(job.paths.seed_list(job.name), {"kept": best.seed, "seeds": [asdict(each) for each in done]})
