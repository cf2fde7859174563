import json

import numpy as np
import pytest

from pipeline.models.build_network import build_model
from pipeline.models.network_settings import FourLayerCnn
from pipeline.models.saved_model import load_model, predict_scores, save_model
from pipeline.runtime.paths import Paths
from tests.factories import write_project
from tests.touchstone.test_tune import write_stages
from touchstone.publishing.exported_model import predict_tflite


@pytest.fixture
def project(tmp_path):
    paths = write_project(tmp_path)
    write_stages(paths)
    save_model(
        build_model(16, FourLayerCnn(filters=[4, 4, 4, 4], dense=[8, 4])), paths.results("tiny") / "model.keras"
    )
    return tmp_path


def test_a_converted_detector_gives_the_same_scores(touchstone, project):
    done = touchstone(project, "convert", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["file"], found["pictures"], found["called_otherwise"]) == ("results/tiny/model.tflite", 20, 0)
    assert found["largest_difference"] < 1e-4
    pixels = np.random.default_rng(2).integers(0, 256, (1000, 16, 16, 3), dtype=np.uint8)
    ours = predict_scores(load_model(Paths(project).results("tiny") / "model.keras"), pixels)
    theirs = predict_tflite((project / found["file"]).read_bytes(), pixels)
    assert np.abs(ours - theirs).max() < 1e-4


def test_whole_numbers_say_what_they_cost(touchstone, project):
    done = touchstone(project, "convert", "tiny", "--int8")
    assert done.code == 0, done.err
    assert "results/tiny/model_int8.tflite: " in done.out
    assert "On 20 validation pictures, scores differ by" in done.out
    found = json.loads(touchstone(project, "convert", "tiny", "--int8", "--json").out)
    assert 0 < found["largest_difference"] < 0.5
