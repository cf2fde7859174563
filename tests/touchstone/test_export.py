"""Exports, each read by the library that it is for."""

import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter

import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.records.shards import iterate_rows
from pipeline.storage.labels import Label
from tests.factories import build, encode, make_image, make_record, write_collected, write_project

EACH = 30
#: By rank: nothing is known of every third picture's licence.
LICENCES = ("CC0-1.0", "CC-BY-4.0", None)
COMMAND = [sys.executable, "-c", "from touchstone.cli import main; main()"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose pictures are divided; a few of them are PNG."""
    root = tmp_path_factory.mktemp("divided")
    paths = write_project(root)
    for source, label, base in (("photos", Label.REAL, 0), ("fakes", Label.FAKE, 10_000)):
        records = [
            make_record(
                source, rank, encode(make_image(base + rank), "PNG" if rank % 10 == 0 else "JPEG"), label,
                license=LICENCES[rank % 3], author="A. Painter",
            )
            for rank in range(EACH)
        ]  # fmt: skip
        write_collected(paths, source, records)
    with pytest.MonkeyPatch.context() as patch:
        build(patch, root, "split")
    return paths


@pytest.fixture(scope="module")
def wanted(project):
    """What the manifests say: split, label and bytes of every picture, and its licence, by id."""
    files = [project.split("tiny") / f"{part}.parquet" for part in ("train", "val", "test")]
    rows = pd.concat([pd.read_parquet(file).assign(split=file.stem) for file in files])
    collected = {row["id"]: row for source in ("photos", "fakes") for row in iterate_rows(project.collected(source))}
    return {
        row["id"]: (
            row["split"],
            row["label"],
            collected[row["id"]]["image"]["bytes"],
            collected[row["id"]]["license"],
        )
        for row in rows.to_dict("records")
    }


@pytest.fixture
def export(project, tmp_path, touchstone):
    """Export everything but what may not be passed on; give the folder."""

    def run(kind, *more):
        folder = tmp_path / kind
        done = touchstone(project.root, "export", folder, "--to", kind, *more)
        assert done.code == 0, done.err
        return folder

    return run


def allowed(wanted, split):
    return {key: each for key, each in wanted.items() if each[0] == split and each[3] is not None}


def labels(wanted, split):
    return Counter(each[1] for each in allowed(wanted, split).values())


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_keras_reads_folders(export, wanted, split):
    import keras

    folder = export("imagefolder")
    found = keras.utils.image_dataset_from_directory(
        folder / split, image_size=(16, 16), batch_size=None, verbose=False
    )
    assert found.class_names == ["0_real", "1_fake"]
    assert Counter(int(label) for _, label in found) == labels(wanted, split)
    files = {file.stem: file.read_bytes() for file in (folder / split).rglob("*.*")}
    assert files == {key: each[2] for key, each in allowed(wanted, split).items()}


@pytest.mark.parametrize("kind", ["imagefolder", "parquet"])
def test_hugging_face_reads_it(export, wanted, kind, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = pytest.importorskip("datasets")

    folder = export(kind)
    found = datasets.load_dataset(kind, data_dir=str(folder), cache_dir=str(tmp_path / "cache"))
    assert set(found) == {"train", "validation", "test"}
    for split in ("train", "val", "test"):
        rows = found["validation" if split == "val" else split]
        assert Counter(rows["label"]) == labels(wanted, split)
        if kind == "parquet":
            assert rows.features["label"].names == ["REAL", "FAKE"]
            plain = rows.cast_column("image", datasets.Image(decode=False))
            assert {row["id"]: row["image"]["bytes"] for row in plain} == {
                key: each[2] for key, each in allowed(wanted, split).items()
            }
        assert rows[0]["image"].size == (64, 48)


def test_webdataset_reads_archives(export, wanted):
    wds = pytest.importorskip("webdataset")

    folder = export("webdataset")
    for split in ("train", "val", "test"):
        files = sorted(map(str, folder.glob(f"{split}-*.tar")))
        rows = list(wds.WebDataset(files, shardshuffle=False, empty_check=False).decode("pil"))
        assert Counter(row["cls"] for row in rows) == labels(wanted, split)
        assert {row["__key__"] for row in rows} == allowed(wanted, split).keys()
        assert {(row.get("jpg") or row["png"]).size for row in rows} == {(64, 48)}
        assert all(row["json"]["license"] in LICENCES for row in rows)


def test_tensorflow_reads_records(export, wanted):
    import tensorflow as tf

    folder = export("tfrecord")
    kinds = {"image/encoded": tf.string, "image/class/label": tf.int64, "image/class/text": tf.string, "id": tf.string}
    features = {name: tf.io.FixedLenFeature([], kind) for name, kind in kinds.items()}
    for split in ("train", "val", "test"):
        files = sorted(map(str, folder.glob(f"{split}-*.tfrecord")))
        rows = [tf.io.parse_single_example(row, features) for row in tf.data.TFRecordDataset(files)]
        assert Counter(int(row["image/class/label"]) for row in rows) == labels(wanted, split)
        found = {row["id"].numpy().decode(): row["image/encoded"].numpy() for row in rows}
        assert found == {key: each[2] for key, each in allowed(wanted, split).items()}
        assert tf.io.decode_image(rows[0]["image/encoded"]).shape == (48, 64, 3)
        assert {row["image/class/text"].numpy() for row in rows} == {b"REAL", b"FAKE"}


def test_folders_are_as_fiftyone_documents_them(export, wanted):
    folder = export("fiftyone")
    for split in ("train", "val", "test"):
        content = json.loads((folder / split / "labels.json").read_text())
        assert content["classes"] == ["REAL", "FAKE"]
        assert content["labels"] == {key: each[1] for key, each in allowed(wanted, split).items()}
        files = {file.stem: file.read_bytes() for file in (folder / split / "data").iterdir()}
        assert files == {key: each[2] for key, each in allowed(wanted, split).items()}


def test_fiftyone_reads_them(export, wanted, monkeypatch):
    """Its importer alone: a data set of its own would start a database."""
    monkeypatch.setenv("FIFTYONE_DO_NOT_TRACK", "true")
    from fiftyone.utils.data import importers

    folder = export("fiftyone")
    for split in ("train", "val", "test"):
        with importers.FiftyOneImageClassificationDatasetImporter(dataset_dir=str(folder / split)) as found:
            assert Counter(Label[label.label] for _, _, label in found) == labels(wanted, split)


@pytest.mark.parametrize("kind", ["imagefolder", "parquet"])
def test_the_list_names_all_and_says_what_is_left_out(export, wanted, kind):
    folder = export(kind)
    rows = {row["id"]: row for row in pq.read_table(folder / "manifest.parquet").to_pylist()}
    assert rows.keys() == wanted.keys()
    for key, (split, label, data, licence) in wanted.items():
        row = rows[key]
        assert (row["split"], row["label"], row["bytes"]) == (split, Label(label).name, len(data))
        assert row["url"].startswith(("photos/", "fakes/"))
        if licence is None:
            assert row["file"] is None
            assert row["withheld"] == "no-licence"
        else:
            assert (folder / row["file"]).is_file()
            assert row["withheld"] is None
            assert ("A. Painter" in (row["attribution"] or "")) == (licence == "CC-BY-4.0")


def test_for_ones_own_use_all_of_them_are_written(export, wanted, touchstone):
    folder = export("imagefolder", "--all")
    files = {file.stem: file.read_bytes() for file in folder.rglob("*/*/*.*")}
    assert files == {key: each[2] for key, each in wanted.items()}
    assert pd.read_parquet(folder / "manifest.parquet")["withheld"].isna().all()


def test_what_is_said(project, wanted, tmp_path, touchstone):
    done = touchstone(project.root, "export", tmp_path / "a", "--to", "fiftyone", "--json")
    found = json.loads(done.out)
    assert found["pictures"]["train"]["REAL"] == labels(wanted, "train")[0]
    assert found["withheld"] == {"no-licence": sum(each[3] is None for each in wanted.values())}
    shown = touchstone(project.root, "export", tmp_path / "b", "--to", "fiftyone").out
    assert "may not be passed on" in shown


@pytest.mark.parametrize("kind", ["parquet", "webdataset", "tfrecord"])
def test_the_same_pictures_give_the_same_bytes(project, tmp_path, touchstone, kind):
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        touchstone(project.root, "export", folder, "--to", kind)
    first, second = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert first == second


def test_large_splits_come_in_several_files_each_a_mixture(export, wanted, monkeypatch):
    monkeypatch.setattr("touchstone.publishing.several.FILE_BYTES", 10_000)
    folder = export("webdataset")
    tables = pd.read_parquet(folder / "manifest.parquet").dropna(subset=["file"])
    train = tables[tables["split"] == "train"]
    assert train["file"].nunique() > 2
    assert (train.groupby("file")["label"].nunique() == 2).sum() > 1
    assert {file.name for file in folder.glob("train-*.tar")} == set(train["file"])


def test_a_folder_that_holds_something_is_left_alone(project, tmp_path, touchstone):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "mine.txt").write_text("mine")
    done = touchstone(project.root, "export", tmp_path / "here", "--to", "parquet")
    assert done.code == 1
    assert "not empty" in done.err
    assert [file.name for file in (tmp_path / "here").iterdir()] == ["mine.txt"]


def test_an_export_that_was_killed_leaves_nothing_that_looks_whole(project, wanted, tmp_path, touchstone):
    kill = (
        "import os, signal; from touchstone.publishing.imagefolder import ImageFolder\n"
        "write, seen = ImageFolder.write, []\n"
        "def some(*a):\n    seen.append(1)\n    len(seen) < 9 or os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return write(*a)\n"
        "ImageFolder.write = some; "
    )
    words = ["export", str(tmp_path / "out"), "--to", "imagefolder", "--all"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([*COMMAND[:2], kill + COMMAND[2], *words], cwd=project.root, env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    assert touchstone(project.root, *words).code == 0
    assert len(list((tmp_path / "out").rglob("*/*/*.*"))) == len(wanted)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_originals_are_what_is_written(export, wanted):
    """Not the squares that models see: size and format are those of the file that was collected."""
    folder = export("imagefolder")
    kinds = {Image.open(io.BytesIO(file.read_bytes())).format for file in folder.rglob("*/*/*.*")}
    assert kinds == {"JPEG", "PNG"}
