"""A training that was killed goes on, and only where it may."""

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pipeline.changes.augment_settings import Augment

from pipeline.config.recipe import Recipe, parse_recipe
from pipeline.models.network_settings import FourLayerCnn
from pipeline.models.saved_model import predict_scores
from pipeline.models.tensorflow_backend import make_deterministic
from pipeline.training.checkpoint import Checkpoint, State, fingerprint
from pipeline.training.feeding import TrainingPictures
from pipeline.training.loop import train
from pipeline.training.provenance import collect_facts
from pipeline.training.train_settings import Train
from pipeline.training.training_sets import Sets

ROOT = Path(__file__).resolve().parents[2]

#: Averages, dropout, statistics and a schedule: whatever a checkpoint might forget would show.
RECIPE = Recipe(
    description="",
    size=16,
    model=FourLayerCnn(filters=[4, 4, 4, 4], dense=[4, 4], dropout=0.4),
    train=Train(epochs=4, batch_size=8, learning_rate=0.01, average=0.2, weight_decay=0.01),
)
PLATEAU = RECIPE.model_copy(
    update={"train": Train(epochs=12, batch_size=8, learning_rate=0.1, schedule="plateau", early_stopping=3)}
)

KILLED = """
from tests.pipeline.test_checkpoint import *
train(RECIPE, sets(), 1, [], checkpoint_at(PATH))
"""


def pictures(count, seed):
    random = np.random.default_rng(seed)
    labels = (np.arange(count) % 2).astype(np.int8)
    noise = random.integers(0, 200, (count, 16, 16, 3)) + 30 * labels[:, None, None, None].astype(int)
    return TrainingPictures(noise.astype(np.uint8), labels)


def sets():
    # Set here, too, as the killed process comes by here alone.
    make_deterministic(7)
    return Sets(pictures(40, 1), pictures(40, 2))


def checkpoint_at(path, recipe=RECIPE):
    return Checkpoint(Path(path), fingerprint(recipe, collect_facts((pictures(40, 1), pictures(40, 2))), 1))


def kill_after(epochs, path):
    """Train in another process, and kill it without warning when it has told of so many epochs."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED.replace("PATH", repr(str(path)))],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "."},
    ) as process:  # fmt: skip
        for line in process.stdout:
            if line.startswith(f"epoch {epochs}/"):
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL


def same(trained, other):
    figures = [(each.epoch, each.accuracy, each.threshold) for each in (trained, other)]
    weights = [each.model.get_weights() for each in (trained, other)]
    return figures[0] == figures[1] and all(map(np.array_equal, *weights))


def test_killed_and_started_again_it_comes_to_the_same_weights(tmp_path, capsys):
    whole = train(RECIPE, sets(), 1)
    kill_after(2, tmp_path / "kept.npz")
    checkpoint = checkpoint_at(tmp_path / "kept.npz")
    passed = len(checkpoint.read().history)
    assert 2 <= passed < RECIPE.train.epochs
    capsys.readouterr()
    again = train(RECIPE, sets(), 1, [], checkpoint)
    shown = capsys.readouterr()
    assert f"going on after epoch {passed}" in shown.err
    assert f"epoch {passed}/" not in shown.out
    assert same(again, whole)


def interrupt(epochs):
    import keras

    def stop(epoch, logs):
        if epoch == epochs:
            raise KeyboardInterrupt

    return keras.callbacks.LambdaCallback(on_epoch_end=stop)


def test_what_waits_for_the_loss_goes_on_waiting(tmp_path):
    whole = train(PLATEAU, sets(), 1)
    checkpoint = checkpoint_at(tmp_path / "kept.npz", PLATEAU)
    with pytest.raises(KeyboardInterrupt):
        train(PLATEAU, sets(), 1, [interrupt(3)], checkpoint)
    assert len(checkpoint.read().history) == 3
    assert same(train(PLATEAU, sets(), 1, [], checkpoint), whole)


def test_a_training_that_had_ended_gives_its_weights_at_once(tmp_path, capsys):
    hasty = PLATEAU.model_copy(update={"train": Train(epochs=40, batch_size=8, learning_rate=0.5, early_stopping=1)})
    checkpoint = checkpoint_at(tmp_path / "kept.npz", hasty)
    first = train(hasty, sets(), 1, [], checkpoint)
    assert checkpoint.read().ended
    assert len(checkpoint.read().history) < 40
    capsys.readouterr()
    second = train(hasty, sets(), 1, [], checkpoint)
    assert "epoch 1/" not in capsys.readouterr().out
    scores = [predict_scores(trained.model, pictures(5, 3).pixels) for trained in (first, second)]
    assert np.array_equal(*scores)


def test_a_fingerprint_changes_with_all_that_the_weights_follow_from():
    def key(recipe, sets, seed):
        return fingerprint(recipe, collect_facts(sets), seed)

    both = (pictures(8, 1), pictures(4, 2))
    other = dataclasses.replace(both[0], pixels=both[0].pixels.copy())
    other.pixels[0, 0, 0, 0] ^= 1
    flipped = dataclasses.replace(both[1], labels=1 - both[1].labels)
    warmer = RECIPE.model_copy(update={"train": RECIPE.train.model_copy(update={"learning_rate": 0.02})})
    still = RECIPE.model_copy(update={"augment": Augment(online={"shift": 0})})
    made = [
        key(RECIPE, both, 1), key(RECIPE, both, 2), key(warmer, both, 1),
        key(still, both, 1), key(RECIPE, (other, both[1]), 1),
        key(RECIPE, (both[0], flipped), 1),
    ]  # fmt: skip
    assert len(set(made)) == len(made)
    assert key(RECIPE, both, 1) == made[0]


def test_a_fingerprint_knows_every_setting_of_every_layer_and_what_a_backbone_starts_from(tmp_path):
    file = tmp_path / "weights.h5"
    layers = {
        "conv": {"filters": [4, 8], "kernel": [3, 5], "stride": [1, 2], "padding": ["same", "valid"]},
        "pool": {"size": [2, 3], "kind": ["max", "average"]},
        "dense": {"units": [4, 8], "activation": ["relu", "tanh"], "l2": [0.0, 0.1]},
        "dropout": {"rate": [0.1, 0.9]},
    }

    def key(network):
        return fingerprint(parse_recipe("x.yaml", {"description": "", "model": network}), {}, 1)

    for kind, settings in layers.items():
        first = {"layer": kind} | {name: values[0] for name, values in settings.items()}
        edited = [first, *(first | {name: values[1]} for name, values in settings.items())]
        for network, place in ({"name": "stack"}, "layers"), ({"name": "resnet50", "weights": "none"}, "head"):
            assert len({key(network | {place: [layer]}) for layer in edited}) == len(edited)
    found = set()
    for content in (b"some weights", b"others"):
        file.write_bytes(content)
        found.add(key({"name": "resnet50", "weights": str(file), "head": [{"layer": "flatten"}]}))
    assert len(found) == 2


def test_what_another_training_left_or_is_broken_is_not_taken_up(tmp_path):
    ours, theirs = (Checkpoint(tmp_path / "kept.npz", name) for name in ("ours", "theirs"))
    theirs.write(State([{"loss": 1.0}], [np.ones(3)], [np.ones(2)]))
    assert len(theirs.read().history) == 1
    assert ours.read() == State()
    theirs.path.write_bytes(theirs.path.read_bytes()[:-50])
    assert theirs.read() == State()
    theirs.path.write_bytes(b"")
    assert theirs.read() == State()
