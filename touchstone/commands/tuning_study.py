"""A study: Optuna's trials of a recipe, kept in SQLite, so that a search that was stopped goes on."""

import hashlib
import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import yaml
from optuna.trial import FrozenTrial, Trial, TrialState

from pipeline.config.recipe import Recipe, parse_recipe
from pipeline.config.search_space import Range, set_values
from pipeline.models.tensorflow_backend import start_keras
from pipeline.runtime.errors import DivergedError, TouchstoneError
from pipeline.storage.files import replacing, write_text
from pipeline.training.checkpoint import fingerprint
from pipeline.training.loop import train
from pipeline.training.provenance import collect_facts
from pipeline.training.training_sets import Sets

if TYPE_CHECKING:
    import pandas as pd

#: Trials with which no other is compared before they are done: the median of fewer says little.
STARTUP_TRIALS = 4

#: What a trial can end as; what is running when a study is opened was killed.
DONE = (TrialState.COMPLETE, TrialState.PRUNED)


def name_study(name: str, recipe: Recipe, sets: Sets, seed: int) -> str:
    """Name the study of a recipe by all that its trials' accuracies follow from but the values that they try.

    So a recipe that was edited, or has other pictures, begins another study: figures of the last are not its own.
    """
    data = {"data": collect_facts((sets.training, sets.validation))["data"]}
    search = {key: allowed.model_dump() for key, allowed in recipe.search.items()}
    content = json.dumps([fingerprint(recipe, data, seed), search], sort_keys=True)
    return f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def open_study(path: Path, name: str, seed: int) -> optuna.Study:
    """Open a study, or begin it; trials that were killed count as failed."""
    # What ends a trial ends the command with its one line; Optuna would tell the whole trace first.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{path}",
        study_name=name,
        load_if_exists=True,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
    )
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    # The same draws would come again if a study that goes on began with the same seed.
    study.sampler = optuna.samplers.TPESampler(seed=(seed + len(study.trials)) % 2**32)
    return study


def count_done(study: optuna.Study) -> int:
    """Count the trials that came to an end, pruned ones among them."""
    return len(study.get_trials(deepcopy=False, states=DONE))


def propose(trial: Trial, search: Mapping[str, Range]) -> dict[str, Any]:
    """Let the sampler choose a value for every key of the search."""
    return {key: _propose(trial, key, allowed) for key, allowed in search.items()}


def _propose(trial: Trial, key: str, allowed: Range) -> Any:
    if allowed.choices is not None:
        return trial.suggest_categorical(key, allowed.choices)
    low, high = allowed.low, allowed.high
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(key, low, high, log=allowed.log)
    return trial.suggest_float(key, float(low or 0), float(high or 0), log=allowed.log)


def try_values(trial: Trial, name: str, content: Mapping[str, Any], sets: Sets, seed: int) -> float:
    """Train a recipe with the values that the sampler chose; give the best validation accuracy.

    Raises:
        optuna.TrialPruned: others did better after as many epochs, or the training diverged.
    """
    file = f"recipes/{name}.yaml"
    values = propose(trial, parse_recipe(file, content).search)
    recipe = parse_recipe(file, set_values(file, content, values))
    try:
        return train(recipe, sets, seed, [stop_hopeless(trial)]).accuracy
    except DivergedError as error:
        raise optuna.TrialPruned from error


def stop_hopeless(trial: Trial) -> Any:
    """Make the callback that ends a training whose validation accuracy is below the median of the others."""
    start_keras()
    import keras

    def report(epoch: int, logs: dict[str, float]) -> None:
        trial.report(logs["val_accuracy"], epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    return keras.callbacks.LambdaCallback(on_epoch_end=report)


def list_trials(study: optuna.Study) -> "pd.DataFrame":
    """List all trials: number, state, value (the last accuracy of those that were pruned), and what was tried."""
    table = study.trials_dataframe(attrs=("number", "state", "value", "params"))
    return table.rename(columns=lambda name: name.removeprefix("params_")).replace({np.nan: None})


def require_result(study: optuna.Study) -> None:
    """Make sure that a trial came to an accuracy.

    Raises:
        TouchstoneError: none did.
    """
    if not study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        count = count_done(study)
        raise TouchstoneError(f"none of {count} trials came to its end; `search` should allow lower learning rates")


def write_recipe(study: optuna.Study, name: str, content: Mapping[str, Any], path: Path) -> None:
    """Write the best trial as a recipe, its history above it."""
    best = study.best_trial
    lines = [
        f"# The best of {count_done(study)} trials of recipe {name}: number {best.number}, validation accuracy "
        f"{best.value:.4f}. Written by `touchstone tune`.",
        *(f"# {_describe(trial)}" for trial in study.get_trials(deepcopy=False, states=DONE)),
    ]
    recipe = set_values(path.name, content, best.params)
    write_text(path, "\n".join(lines) + "\n" + yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True))


def _describe(trial: FrozenTrial) -> str:
    values = ", ".join(
        f"{key} {value:.6g}" if isinstance(value, float) else f"{key} {value}" for key, value in trial.params.items()
    )
    found = "pruned" if trial.state == TrialState.PRUNED else f"{trial.value:.4f}"
    return f"{trial.number}: {found}: {values}"


def draw_study(study: optuna.Study, folder: Path) -> list[Path]:
    """Draw the course of a study, and, from two finished trials on, how the values bear on the accuracy."""
    from matplotlib import pyplot as plt
    from optuna.visualization import matplotlib as drawn

    drawings: dict[str, Callable[..., Any]] = {"history": drawn.plot_optimization_history, "slices": drawn.plot_slice}
    if len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) > 1:
        drawings |= {"importances": drawn.plot_param_importances, "parallel": drawn.plot_parallel_coordinate}
    written = []
    with warnings.catch_warnings(), plt.rc_context({"figure.figsize": (9, 5)}):
        # Optuna calls all of its matplotlib drawings experimental.
        warnings.simplefilter("ignore")
        for name, draw in drawings.items():
            axes = draw(study)
            figure = (axes.flat[0] if isinstance(axes, np.ndarray) else axes).figure
            with replacing(folder / f"{name}.png") as temporary:
                figure.savefig(temporary, format="png", bbox_inches="tight")
            plt.close(figure)
            written.append(folder / f"{name}.png")
    return written
