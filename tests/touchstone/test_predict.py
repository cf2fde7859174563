import csv
import json
import os

import numpy as np
import pytest
from PIL import Image

from pipeline.asking.picture_judgement import PictureJudge
from pipeline.config.params import load_params
from pipeline.models.build_network import build_model
from pipeline.models.network_settings import FourLayerCnn
from pipeline.models.saved_model import load_model, predict_scores, save_model
from pipeline.models.tensorflow_backend import start_keras
from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.resizing.resize_settings import Resize
from pipeline.resizing.square_pixels import to_pixels
from tests.factories import encode, make_image, write_project
from touchstone.commands.predict_command import BATCH, Reader, ask

SIZE = 16


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    file = tmp_path_factory.mktemp("model") / "model.keras"
    save_model(build_model(SIZE, FourLayerCnn(filters=[4, 4, 4, 4], dense=[8, 4])), file)
    return file


@pytest.fixture
def project(tmp_path, detector):
    paths = write_project(tmp_path, size=SIZE)
    paths.results("tiny").mkdir(parents=True)
    (paths.results("tiny") / "model.keras").write_bytes(detector.read_bytes())
    return tmp_path


def write_pictures(folder, count):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{number:03d}.jpg").write_bytes(encode(make_image(number)))


def expected(detector, files, resampling):
    pixels = [
        to_pixels(to_rgb(open_picture(file.read_bytes(), 10**6)), SIZE, Resize(filter=resampling)) for file in files
    ]
    return predict_scores(load_model(detector), np.stack(pixels), BATCH)


def test_scores_are_those_of_the_pipelines_own_pixels_in_order(touchstone, project, detector):
    write_pictures(project / "new", 3)
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("filter: lanczos", "filter: nearest"))
    files = [project / "new" / name for name in ("002.jpg", "000.jpg", "001.jpg")]
    done = touchstone(project, "predict", "--json", *(file.relative_to(project) for file in files))
    answer = json.loads(done.out)
    assert [picture["path"] for picture in answer["pictures"]] == ["new/002.jpg", "new/000.jpg", "new/001.jpg"]
    scores = [picture["score"] for picture in answer["pictures"]]
    assert scores == pytest.approx(expected(detector, files, load_params(project).resize.filter), abs=1e-6)


def test_folders_are_searched_and_batches_joined(touchstone, project, detector):
    write_pictures(project / "many" / "deep", BATCH + 3)
    (project / "many" / "notes.txt").write_text("not a picture")
    pictures = json.loads(touchstone(project, "predict", "many", "--json").out)["pictures"]
    assert [picture["path"] for picture in pictures] == [f"many/deep/{number:03d}.jpg" for number in range(BATCH + 3)]
    files = sorted((project / "many" / "deep").iterdir())
    scores = [picture["score"] for picture in pictures]
    assert scores == pytest.approx(expected(detector, files, "lanczos"), abs=1e-6)


def test_what_cannot_be_read_is_shown_and_the_rest_goes_on(touchstone, project):
    write_pictures(project / "new", 1)
    whole = encode(make_image(1))
    (project / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (project / "page.jpg").write_text("<!doctype html>")
    (project / "empty").mkdir()
    os.mkfifo(project / "pipe.png")
    names = ["cut.jpg", "new/000.jpg", "page.jpg", "nowhere.png", "empty", "pipe.png"]
    done = touchstone(project, "predict", "--json", *names)
    assert done.code == 0
    pictures = json.loads(done.out)["pictures"]
    assert [picture["path"] for picture in pictures] == names
    assert [picture.get("error") for picture in pictures] == [
        "truncated", None, "undecodable", "missing", "no-pictures", "not-a-file",
    ]  # fmt: skip

    table = touchstone(project, "predict", *names).out
    assert "truncated: " in next(line for line in table.splitlines() if "cut.jpg" in line)


def test_bounds_of_the_project_hold(touchstone, project):
    (project / "big.png").write_bytes(encode(Image.new("L", (1001, 1000)), "PNG"))
    (project / "heavy.bmp").write_bytes(encode(Image.new("RGB", (1300, 1300)), "BMP"))
    write_pictures(project / "new", 1)
    done = touchstone(project, "predict", "--json", "big.png", "heavy.bmp", "new")
    assert [p.get("error") for p in json.loads(done.out)["pictures"]] == ["too-many-pixels", "too-large", None]


def test_a_strip_as_long_as_a_picture_may_have_pixels_is_refused_at_once(touchstone, project):
    (project / "strip.png").write_bytes(encode(Image.new("L", (1, 999_999), 128), "PNG"))
    write_pictures(project / "new", 1)
    done = touchstone(project, "predict", "--json", "strip.png", "new")
    assert [p.get("error") for p in json.loads(done.out)["pictures"]] == ["extreme-aspect", None]


def test_what_is_no_probability_is_no_judgement(touchstone, project):
    start_keras()
    import keras

    inputs = keras.Input((SIZE, SIZE, 3))
    score = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(inputs))
    save_model(keras.Model(inputs, score), project / "linear.keras")
    write_pictures(project / "new", 1)
    done = touchstone(project, "predict", "new", "--model", "linear.keras", "--json")
    assert (done.code, done.out) == (50, "")
    assert "1 of its 1 scores are not within 0 and 1" in done.err


@pytest.mark.parametrize(("threshold", "called"), [("0", "FAKE"), ("1", "REAL")])
def test_the_threshold_decides_what_a_score_counts_as(touchstone, project, threshold, called):
    write_pictures(project / "new", 1)
    (told,) = json.loads(touchstone(project, "predict", "new", "--threshold", threshold, "--json").out)["pictures"]
    assert (told["judgement"]["called"], told["judgement"]["threshold"]) == (called, float(threshold))


def test_a_model_of_which_no_test_is_there_cannot_tell_and_says_so_first(touchstone, project):
    write_pictures(project / "new", 2)
    (project / "page.jpg").write_text("<!doctype html>")
    done = touchstone(project, "predict", "new", "page.jpg")
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0].startswith("The detector model.keras cannot be judged: no test of it lies beside its file")
    assert lines[1].startswith("What to do: ")
    assert "Cannot tell: the detector cannot be judged" in next(line for line in lines if "000.jpg" in line)
    assert "3 files: 2 cannot tell, 1 not read." in lines
    assert lines[-1].startswith("cannot tell: ")


def test_a_line_per_file_goes_into_a_csv_file(touchstone, project):
    write_pictures(project / "new", 1)
    (project / "=page.jpg").write_text("<!doctype html>")
    assert touchstone(project, "predict", "new", "=page.jpg", "--csv", "judged.csv").code == 0
    with (project / "judged.csv").open(newline="") as file:
        picture, page = csv.DictReader(file)
    assert (picture["path"], picture["certainty"], picture["label"]) == ("new/000.jpg", "cannot tell", "")
    assert picture["judgement"].startswith("Cannot tell: ")
    assert 0 <= float(picture["score"]) <= 1
    assert page["path"] == "'=page.jpg"
    assert page["error"].startswith("undecodable: ")


def test_a_model_file_needs_no_project(touchstone, tmp_path, detector):
    write_pictures(tmp_path, 2)
    done = touchstone(tmp_path, "predict", "000.jpg", "001.jpg", "--model", detector, "--json")
    assert done.code == 0
    scores = [picture["score"] for picture in json.loads(done.out)["pictures"]]
    assert scores == pytest.approx(expected(detector, sorted(tmp_path.glob("*.jpg")), "lanczos"), abs=1e-6)


def test_a_name_cannot_write_to_the_terminal(touchstone, project):
    (project / "a\x1b[31m[bold]b.jpg").write_bytes(encode(make_image(1)))
    done = touchstone(project, "predict", "a\x1b[31m[bold]b.jpg")
    assert "a\\x1b[31m[bold]b.jpg" in done.out


def test_when_nothing_works_it_is_an_error(touchstone, project):
    (project / "page.jpg").write_text("<!doctype html>")
    done = touchstone(project, "predict", "nowhere.png", "page.jpg")
    assert (done.code, done.out) == (34, "")
    assert done.err.startswith("touchstone: error: page.jpg: undecodable: ")
    done = touchstone(project, "predict", "nowhere.png")
    assert (done.code, done.out) == (30, "")
    assert done.err.startswith("touchstone: error: nowhere.png: no such file or folder")


def test_wrong_models_and_recipes(touchstone, project):
    write_pictures(project / "new", 1)
    (project / "text.keras").write_text("not a model")
    assert touchstone(project, "predict", "new", "--model", "text.keras").code == 50
    assert touchstone(project, "predict", "new", "--model", "nowhere.keras").code == 50
    unknown = touchstone(project, "predict", "new", "--recipe", "huge")
    assert unknown.code == 10
    assert "known: tiny" in unknown.err


def test_outside_a_project_it_asks_for_one(touchstone, tmp_path):
    done = touchstone(tmp_path, "predict", "photo.jpg")
    assert done.code == 30
    assert "run this inside a Touchstone project" in done.err


def test_files_are_read_batch_by_batch(project, detector):
    write_pictures(project / "new", 1)
    taken = []

    def paths():
        for number in range(3 * BATCH):
            taken.append(number)
            yield project / "new" / "000.jpg"

    judge = PictureJudge.open(detector, 0.5)
    outcomes = ask(load_model(detector), paths(), Reader(judge, SIZE, Resize(), 10**6, 10**6))
    next(outcomes)
    assert len(taken) == 2 * BATCH
    assert len(list(outcomes)) == 3 * BATCH - 1
