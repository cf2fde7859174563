import json
import shutil

import numpy as np
import pytest
import yaml
from PIL import Image

from pipeline.config.params import load_params, parse_source
from pipeline.storage.labels import Label
from tests.factories import build, encode, make_image, make_record, write_collected, write_project
from touchstone.crossing.domains import find_domains

SOURCES = {"photos": Label.REAL, "bright": Label.FAKE, "striped": Label.FAKE}


def make_picture(source, number):
    """Photographs are dark; one kind of fake is bright, the other dark with stripes."""
    pixels = np.asarray(make_image(number + 1000 * list(SOURCES).index(source)), dtype=np.float64) * 0.5
    pixels += {"photos": 0, "bright": 120, "striped": 0}[source]
    if source == "striped":
        pixels[:, ::8] += 100
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A project with three sources, built up to where training begins."""
    paths = write_project(tmp_path_factory.mktemp("cross"))
    params, recipe = paths.root / "params.yaml", paths.recipe("tiny")
    content = yaml.safe_load(params.read_text())
    content["sources"] = {n: {"collector": "folder", "path": n, "label": of.name} for n, of in SOURCES.items()}
    params.write_text(yaml.safe_dump(content, sort_keys=False))
    text = recipe.read_text().replace("epochs: 1", "epochs: 4").replace("learning_rate: 0.001", "learning_rate: 0.01")
    recipe.write_text(text)
    for source, label in SOURCES.items():
        each = 120 if label is Label.REAL else 60
        records = [make_record(source, n, encode(make_picture(source, n)), label) for n in range(each)]
        write_collected(paths, source, records)
    with pytest.MonkeyPatch.context() as patch:
        build(patch, paths.root, until="augment", sources=list(SOURCES))
    return paths


@pytest.fixture
def project(ready, tmp_path):
    shutil.copytree(ready.root, tmp_path / "project")
    return type(ready)(tmp_path / "project")


def test_a_detector_knows_its_own_fakes_best_and_goes_on_where_it_stopped(touchstone, project):
    done = touchstone(project.root, "cross", "tiny", "--json")
    assert done.code == 0, done.err
    rows = json.loads(done.out)
    assert list(rows) == ["bright", "striped"]
    for name, row in rows.items():
        assert row["sources"] == [name, "photos"]
        assert set(row["on"]) == {"bright", "striped"}
        for found in row["on"].values():
            assert found["real"] == found["fake"] > 0
            assert found["accuracy_low"] <= found["accuracy"] <= found["accuracy_high"]
            assert found["roc_auc_low"] <= found["roc_auc"] <= found["roc_auc_high"]
    assert rows["bright"]["on"]["bright"]["roc_auc"] > 0.9
    assert rows["bright"]["on"]["bright"]["roc_auc"] > rows["bright"]["on"]["striped"]["roc_auc"]

    kept = json.loads((project.results("tiny") / "cross.json").read_text())
    kept["bright"]["threshold"] = 0.123
    kept["striped"]["fingerprint"] = "of other pictures"
    (project.results("tiny") / "cross.json").write_text(json.dumps(kept))
    again = touchstone(project.root, "cross", "tiny")
    assert "training on striped" in again.err
    assert "training on bright" not in again.err
    after = json.loads((project.results("tiny") / "cross.json").read_text())
    assert after["bright"]["threshold"] == 0.123
    assert after["striped"] == rows["striped"]
    diagonal = [line for line in again.out.splitlines() if line.startswith("bright") and "* " in line]
    assert len(diagonal) == 2


@pytest.mark.parametrize(
    ("domains", "code", "problem"),
    [
        (["photos+bright"], 10, "two domains"),
        (["photos+nothing", "photos+bright"], 10, "no source 'nothing'; known: photos, bright, striped"),
        (["photos", "photos+bright"], 14, "no source of class FAKE"),
    ],
)
def test_domains_that_do_not_do_are_one_line(touchstone, ready, domains, code, problem):
    done = touchstone(ready.root, "cross", "tiny", *(word for name in domains for word in ("--domain", name)))
    assert done.code == code
    assert problem in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_domains_are_found_by_the_classes_of_sources(ready):
    params = load_params(ready.root)
    both = parse_source("params.yaml", "both", {"collector": "archive", "path": "a.zip"})
    params = params.model_copy(update={"sources": {"both": both, **params.sources}})
    found = {domain.name: domain.sources for domain in find_domains(params, list(params.sources))}
    assert found == {"both": ("both",), "bright": ("bright", "photos"), "striped": ("striped", "photos")}
    lone = {domain.name: domain.sources for domain in find_domains(params, ["photos", "both"])}
    assert lone == {"both": ("both",)}
