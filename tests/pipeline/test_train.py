import os
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pipeline.changes.augment_settings import Online

from pipeline.arrays.pixel_arrays import open_pixels
from pipeline.config.recipe import Recipe
from pipeline.models.network_settings import FourLayerCnn
from pipeline.models.saved_model import load_model, predict_scores, side_of
from pipeline.models.tensorflow_backend import make_deterministic
from pipeline.runtime.errors import EmptySplitError, StageMissingError, TouchstoneError
from pipeline.training.feeding import TrainingPictures, change_online, distort, draw_batches, steps_per_epoch
from pipeline.training.loop import train
from pipeline.training.optimizers import OPTIMIZERS, SCHEDULES, build_loss, build_optimizer, momentum_of
from pipeline.training.train_settings import Train
from pipeline.training.training_sets import Sets, read_sets

#: As the project in conftest.py sets them.
EPOCHS = 4
ROOT = Path(__file__).resolve().parents[2]


def numbered(count, size=8):
    """Pictures of noise, and labels in turn."""
    noise = np.random.default_rng(3).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    return TrainingPictures(noise, (np.arange(count) % 2).astype(np.int8))


def test_trained_model_tells_easy_classes_apart(trained):
    model = load_model(trained.results / "model.keras")
    folder = trained.paths.augmented("tiny")
    labels = pq.read_table(folder / "index.parquet")["label"].to_numpy()
    scores = predict_scores(model, open_pixels(folder, "augment"))
    assert side_of(model) == 16
    assert ((scores >= 0.5) == labels).mean() > 0.95


def test_curves_are_files_of_figures_and_nothing_else(trained):
    folder = trained.results / "training"
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    curves = [f"plots/metrics/{part}/{metric}.tsv" for part in ("eval", "train") for metric in ("accuracy", "loss")]
    assert files == ["metrics.json", "network.svg", "network.txt", *curves, "provenance.json"]
    header, *rows = (folder / curves[0]).read_text().splitlines()
    assert header.split("\t") == ["step", "accuracy"]
    assert [row.split("\t")[0] for row in rows] == [str(epoch) for epoch in range(EPOCHS)]


def test_tensorboard_can_read_the_logs(trained):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (run,) = (trained.paths.logs("tiny")).iterdir()
    events = EventAccumulator(str(run / "validation"))
    events.Reload()
    assert "epoch_loss" in events.Tags()["tensors"]


def test_training_again_in_another_process_is_silent_and_gives_the_same_bytes(trained, tmp_path):
    project = tmp_path / "again"
    shutil.copytree(trained.paths.root, project, ignore=shutil.ignore_patterns("results", "logs"))
    # Sums that more threads share come out in another order.
    threads = {name: value for name, value in os.environ.items() if name.endswith("_THREADS")}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.train", "tiny"],
        cwd=project, env={"PYTHONPATH": str(ROOT), "PATH": ""} | threads, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["epoch"] * EPOCHS + ["train@tiny:"]
    for made in [*(trained.results / "training").rglob("*.*"), trained.results / "model.keras"]:
        assert made.read_bytes() == (project / "results/tiny" / made.relative_to(trained.results)).read_bytes(), made


def test_missing_pictures_name_the_stage_to_run(trained, tmp_path):
    shutil.copytree(trained.paths.root, tmp_path, ignore=shutil.ignore_patterns("augmented"), dirs_exist_ok=True)
    paths = type(trained.paths)(tmp_path)
    with pytest.raises(StageMissingError, match="augment@tiny"):
        read_sets(paths, "tiny", 16)


def test_a_single_class_cannot_be_learned(trained, tmp_path):
    shutil.copytree(trained.paths.root, tmp_path, dirs_exist_ok=True)
    manifest = tmp_path / "datasets/split/tiny/val.parquet"
    table = pq.read_table(manifest)
    pq.write_table(table.filter(np.asarray(table["label"]) == 1), manifest)
    with pytest.raises(EmptySplitError, match="val split has no REAL"):
        read_sets(type(trained.paths)(tmp_path), "tiny", 16)


def test_a_loss_that_is_no_number_ends_training_with_a_clear_line():
    recipe = Recipe(
        description="", size=16, model=FourLayerCnn(filters=[2, 2, 2, 2], dense=[2, 2]),
        train=Train(epochs=2, batch_size=8, learning_rate=1e39, warmup=0.0),
    )  # fmt: skip
    make_deterministic(1)
    with pytest.raises(TouchstoneError, match=r"lower train\.learning_rate"):
        train(recipe, Sets(numbered(32, 16), numbered(8, 16)), 1)


def test_an_epoch_shows_every_picture_once():
    pictures = numbered(20)
    online = Online(horizontal_flip=False, shift=0)
    batches = list(draw_batches(pictures, Train(epochs=2, batch_size=5), online, seed=1))
    assert len(batches) == 2 * steps_per_epoch(20, 5)
    for epoch in (batches[:4], batches[4:]):
        shown = np.concatenate([pixels for pixels, _ in epoch])
        assert sorted(map(bytes, shown)) == sorted(map(bytes, pictures.pixels))
    assert not np.array_equal(batches[0][0], batches[4][0])


def test_batches_follow_from_the_seed_and_carry_their_own_labels():
    pictures = numbered(12)
    first, again, other = (
        [(bytes(x), bytes(y)) for x, y in draw_batches(pictures, Train(epochs=2, batch_size=4), Online(), seed)]
        for seed in (1, 1, 2)
    )
    assert first == again != other
    label_of = {bytes(picture): label for picture, label in zip(pictures.pixels, pictures.labels, strict=True)}
    for pixels, labels in draw_batches(
        pictures, Train(epochs=1, batch_size=4), Online(horizontal_flip=False, shift=0), 1
    ):
        assert [label_of[bytes(picture)] for picture in pixels] == labels[:, 0].tolist()


def test_fewer_pictures_than_a_batch_still_make_one():
    ((pixels, labels),) = draw_batches(numbered(3), Train(epochs=1, batch_size=8), Online(), 1)
    assert pixels.shape[0] == labels.shape[0] == 3


def test_each_picture_is_mirrored_in_every_other_epoch_and_half_of_them_in_the_first():
    pictures = numbered(40)
    batches = draw_batches(pictures, Train(epochs=3, batch_size=40), Online(horizontal_flip=True, shift=0), 1)
    mirrored = []
    for pixels, _ in batches:
        shown = set(map(bytes, pixels))
        as_it_is, turned = (np.array([bytes(one) in shown for one in side]) for side in sides(pictures.pixels))
        assert (as_it_is ^ turned).all()
        mirrored.append(turned)
    assert 8 < mirrored[0].sum() < 32
    assert (mirrored[1] == ~mirrored[0]).all()
    assert (mirrored[2] == mirrored[0]).all()


def sides(pixels):
    return pixels, pixels[:, :, ::-1].copy()


def test_shifts_reflect_at_the_border():
    pictures = numbered(30)
    changed = change_online(
        pictures.pixels, np.arange(30), np.zeros(30, bool), Online(shift=2), np.random.default_rng(1)
    )
    padded = np.pad(pictures.pixels, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    crops = [padded[:, y : y + 8, x : x + 8] for y in range(5) for x in range(5)]
    matches = np.array([(changed == crop).all(axis=(1, 2, 3)) for crop in crops])
    assert (matches.sum(axis=0) >= 1).all()
    assert matches.any(axis=1).sum() > 10


def test_flips_top_to_bottom_too_if_the_recipe_says_so():
    pictures, rows = numbered(40), np.arange(40)
    online = Online(horizontal_flip=False, vertical_flip=True, shift=0)
    changed = change_online(pictures.pixels, rows, np.zeros(40, bool), online, np.random.default_rng(1))
    flipped = (changed == pictures.pixels[:, ::-1]).all(axis=(1, 2, 3))
    assert (flipped ^ (changed == pictures.pixels).all(axis=(1, 2, 3))).all()
    assert 8 < flipped.sum() < 32


def test_pictures_are_distorted_anew_in_every_epoch_and_the_same_in_every_run():
    pictures = numbered(12)
    settings = Train(epochs=2, batch_size=12)
    harsh = Online(
        horizontal_flip=False, shift=0, rotation=20, zoom=0.2, brightness=0.3, contrast=0.3, noise=9, jpeg=[30, 90]
    )
    first, second = (pixels for pixels, _ in draw_batches(pictures, settings, harsh, 1))
    again = [pixels for pixels, _ in draw_batches(pictures, settings, harsh, 1)]
    resumed = [pixels for pixels, _ in draw_batches(pictures, settings, harsh, 1, first_epoch=1)]
    np.testing.assert_array_equal([first, second], again)
    np.testing.assert_array_equal([second], resumed)
    order = [np.random.default_rng((1, epoch)).permutation(12) for epoch in (0, 1)]
    assert not (first[np.argsort(order[0])] == second[np.argsort(order[1])]).all(axis=(1, 2, 3)).any()


@pytest.mark.parametrize(
    ("name", "amount"),
    [
        ("rotation", 20), ("zoom", 0.3), ("brightness", 0.5), ("contrast", 0.5),
        ("rescale", 0.5), ("blur", 2.0), ("noise", 9), ("jpeg", [5, 9]),
    ],
)  # fmt: skip
def test_each_change_of_the_copies_can_be_drawn_online(name, amount):
    pictures, rows = numbered(12), np.arange(12)
    online = Online(horizontal_flip=False, shift=0, damage_chance=1.0, **{name: amount})
    distorted = distort(pictures.pixels, rows, online, (1,))
    assert (distorted != pictures.pixels).any()
    np.testing.assert_array_equal(distort(pictures.pixels[::-1], rows[::-1], online, (1,)), distorted[::-1])


@pytest.mark.parametrize(("table", "key"), [(OPTIMIZERS, "optimizer"), (SCHEDULES, "schedule")])
def test_tables_have_all_that_a_recipe_may_name(table, key):
    assert set(table) == set(typing.get_args(Train.model_fields[key].annotation))


@pytest.mark.parametrize("loss", typing.get_args(Train.model_fields["loss"].annotation))
def test_every_loss_can_be_built(loss):
    settings = Train(loss=loss)
    right = np.tile([0.1, 0.9][-settings.units() :], (4, 1))
    assert float(build_loss(settings)(np.ones((4, 1)), right)) == pytest.approx(-np.log(0.9), abs=1e-4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_learning_rate_rises_over_the_warm_up_and_falls_to_zero(name):
    optimizer = build_optimizer(Train(optimizer=name, learning_rate=0.1, warmup=0.1), steps=100)
    rates = [float(optimizer._learning_rate(step)) for step in range(101)]
    assert rates[0] < 0.01
    assert max(rates) == rates[10] == pytest.approx(0.1)
    assert rates[100] == pytest.approx(0, abs=1e-6)
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_averaging_time_is_a_part_of_the_training():
    weights = momentum_of(0.1, 1000) ** np.arange(100)
    assert weights[-1] == pytest.approx(np.exp(-1), abs=0.01)
