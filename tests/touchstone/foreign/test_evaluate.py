import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sklearn import metrics

from tests.factories import encode, make_image
from tests.touchstone.foreign.models import write_keras, write_onnx

EACH = 12


def encode_picture(number, fake):
    """Photographs are dark and fakes are bright, but for the first of each."""
    bright = fake != (number == 0)
    pixels = np.asarray(make_image(number + 1000 * fake), dtype=np.float64) * 0.5
    return encode(Image.fromarray((pixels + 120 * bright).astype(np.uint8)))


@pytest.fixture(scope="module")
def files():
    """What lies in a data set, by path: two splits, a file that is broken, and two that are nothing."""
    made = {
        f"{split}/{name}/{number}.jpg": encode_picture(number + base, fake)
        for split, base, each in (("test", 0, EACH), ("train", 100, 4))
        for fake, name in enumerate(("Nature", "AI"))
        for number in range(each)
    }
    return made | {
        "test/ai/broken.jpg": b"no picture",
        "test/notes.txt": b"text",
        "test/lost.jpg": made["test/AI/1.jpg"],
    }


@pytest.fixture(scope="module")
def folder(files, tmp_path_factory):
    root = tmp_path_factory.mktemp("data") / "My pictures"
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


@pytest.fixture(scope="module")
def archive(files, tmp_path_factory):
    path = tmp_path_factory.mktemp("zip") / "set.zip"
    with zipfile.ZipFile(path, "w") as written:
        for name, data in files.items():
            written.writestr(name, data)
    return path


def evaluate(touchstone, where, model, data, *options):
    names = ("--real", "nature", "--fake", "ai", "--split", "test")
    return touchstone(where, "evaluate", model, "--data", data, "--out", where / "out", *names, *options)


def test_keras_on_a_folder_and_onnx_on_a_zip_come_to_the_same(touchstone, tmp_path, folder, archive):
    done = evaluate(touchstone, tmp_path, write_keras(tmp_path / "model.keras"), folder)
    assert done.code == 0, done.err
    figures = json.loads((tmp_path / "out" / "metrics.json").read_text())
    files = pd.read_csv(tmp_path / "out" / "files.csv")
    judged = files[files["reason"].isna()]
    assert len(judged) == figures["pictures"] == 2 * EACH
    assert figures["accuracy"] == pytest.approx(1 - 2 / (2 * EACH))
    assert figures["roc_auc"] == pytest.approx(metrics.roc_auc_score(judged["label"], judged["score"]))
    assert {"clean", "jpeg-30"} <= set(figures["robustness"])
    assert set(figures["placebo"]) == {"REAL", "FAKE"}
    assert list(figures["thresholds"]) == ["half"]
    assert "after" not in figures["calibration"]
    assert "No validation pictures were given" in done.out
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]

    other = tmp_path / "other"
    other.mkdir()
    done = evaluate(touchstone, other, write_onnx(tmp_path / "m.onnx"), archive, "--pixels", "unit", "--json")
    theirs = json.loads(done.out)
    assert theirs["model"]["format"] == "ONNX"
    for name in ("accuracy", "roc_auc", "mcc", "robustness", "confusion"):
        assert theirs[name] == figures[name], name
    # The files come in another order, so that others are redrawn.
    np.testing.assert_allclose(theirs["intervals"]["roc_auc"], figures["intervals"]["roc_auc"], atol=0.05)
    assert theirs["calibration"]["before"] == pytest.approx(figures["calibration"]["before"], abs=1e-5)


def test_files_that_cannot_be_judged_are_listed_with_their_reason(touchstone, tmp_path, folder):
    done = evaluate(touchstone, tmp_path, write_keras(tmp_path / "model.keras"), folder)
    files = pd.read_csv(tmp_path / "out" / "files.csv").set_index("path")
    reasons = files["reason"].dropna().to_dict()
    assert reasons == {
        "My pictures/test/ai/broken.jpg": "undecodable",
        "My pictures/test/lost.jpg": "no-label",
        "My pictures/test/notes.txt": "not-a-picture",
    }
    assert "no-label 1, not-a-picture 1, undecodable 1" in done.out
    page = BeautifulSoup((tmp_path / "out" / "report.html").read_text(), "lxml")
    assert "My pictures/test/ai/broken.jpg" in page.get_text()
    assert not [tag for tag in page.find_all(src=True) if not tag["src"].startswith("data:")]


def test_validation_pictures_set_thresholds_and_the_temperature(touchstone, tmp_path, folder):
    model = write_keras(tmp_path / "model.keras")
    done = evaluate(
        touchstone, tmp_path, model, folder, "--validation", folder / "train", "--threshold", "0.4", "--json"
    )
    figures = json.loads(done.out)
    assert list(figures["thresholds"]) == ["used", "half", "false_positive_rate_1%", "best_balanced_accuracy"]
    assert figures["thresholds"]["used"]["threshold"] == figures["threshold"] == 0.4
    assert {"temperature", "after"} <= set(figures["calibration"])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--real", "photos"], "none is REAL; what lies in a folder called 'photos'"),
        (["--data", "nowhere"], "nowhere: no such file or folder"),
        (["--data", "model.keras", "--split", "train"], "none is REAL"),
    ],
)
def test_pictures_that_do_not_do_are_one_line(touchstone, tmp_path, folder, options, problem):
    model = write_keras(tmp_path / "model.keras")
    done = evaluate(touchstone, tmp_path, model, folder, *options)
    assert done.code in (30, 42)
    assert problem in done.err
    assert len(done.err.strip().splitlines()) == 1
