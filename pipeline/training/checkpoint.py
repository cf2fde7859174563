"""Training that was killed goes on where it was, bit for bit: a file per recipe, written after every epoch.

The file is keyed by a fingerprint of everything that the weights follow from, so that what another recipe, other
pictures or other code left behind is never taken up.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.tensorflow_backend import start_keras
from pipeline.storage.files import replacing

if TYPE_CHECKING:
    from pipeline.config.recipe import Recipe


Weights = list[NDArray[Any]]


@dataclass(slots=True)
class State:
    """A training after an epoch: figures of all epochs, all variables, the best weights, and whether it ended."""

    history: list[dict[str, float]] = field(default_factory=list)
    variables: Weights = field(default_factory=list)
    best: Weights = field(default_factory=list)
    ended: bool = False


def fingerprint(recipe: Recipe, facts: Mapping[str, Any], seed: int) -> str:
    """Digest all that the weights follow from; ``facts`` are those of pictures, code and environment."""
    training = recipe.train.model_dump(exclude={"seeds"})  # Each is trained as if it were alone.
    settings = [recipe.size, recipe.model.model_dump(), training, recipe.augment.online.model_dump()]
    settings.append(_digest_weights(recipe))
    return hashlib.sha256(json.dumps([settings, facts, seed]).encode()).hexdigest()


def _digest_weights(recipe: Recipe) -> str | None:
    """Digest the file that a backbone starts from, if its weights are a file's: its name says less."""
    path = Path(getattr(recipe.model, "weights", ""))
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The file of one recipe, and the fingerprint under which it counts."""

    path: Path
    fingerprint: str

    def read(self) -> State:
        """Return the state that an interrupted training left, or a fresh one if it left none that fits."""
        try:
            with np.load(self.path, allow_pickle=False) as arrays:
                facts = json.loads(str(arrays["facts"]))
                if facts["fingerprint"] != self.fingerprint:
                    return State()
                variables = [arrays[f"variable_{n}"] for n in range(facts["variables"])]
                best = [arrays[f"best_{n}"] for n in range(facts["best"])]
        except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile):
            return State()
        return State(facts["history"], variables, best, facts["ended"])

    def write(self, state: State) -> None:
        """Replace the file in one step."""
        counts = {"variables": len(state.variables), "best": len(state.best)}
        facts = {"fingerprint": self.fingerprint, "history": state.history, "ended": state.ended, **counts}
        arrays: dict[str, Any] = {f"variable_{n}": array for n, array in enumerate(state.variables)}
        arrays |= {f"best_{n}": array for n, array in enumerate(state.best)}
        with replacing(self.path) as temporary, temporary.open("wb") as file:
            np.savez(file, facts=np.array(json.dumps(facts)), **arrays)

    def remove(self) -> None:
        """Forget it: the training is done."""
        self.path.unlink(missing_ok=True)


def go_on(checkpoint: Checkpoint, state: State, best: Any, others: Sequence[Any]) -> Any:
    """Make the callback that takes up a state and writes one after every epoch; to come after the ``others``.

    They are shown the figures of the epochs that they missed: what they wait for, count and log then is as if
    training had never stopped. ``best`` is the one among them that keeps the best weights.
    """
    start_keras()
    import keras

    class ResumeTraining(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
            if not state.history:
                return
            print(f"going on after epoch {len(state.history)}", file=sys.stderr)
            # Found first, as this makes those of the optimizer, which the others may look at.
            variables = self._variables()
            for epoch, figures in enumerate(state.history):
                for other in others:
                    other.on_epoch_end(epoch, dict(figures))
            for variable, value in zip(variables, state.variables, strict=True):
                variable.assign(value)
            best.weights = state.best

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
            state.history.append({name: float(value) for name, value in (logs or {}).items()})
            state.variables = [keras.ops.convert_to_numpy(variable) for variable in self._variables()]
            state.best, state.ended = best.weights, bool(self.model.stop_training)
            checkpoint.write(state)

        def _variables(self) -> list[Any]:
            """All that changes: weights, statistics, the states of dropout, moments, averages, the number of steps."""
            optimizer = self.model.optimizer
            if not optimizer.built:
                optimizer.build(self.model.trainable_variables)
            return [*self.model.variables, *optimizer.variables]

    return ResumeTraining()
