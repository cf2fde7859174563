"""A small run on real CIFAKE pictures; skipped where the archive is not at hand."""

import json
import os
import random
import shutil
import zipfile
from pathlib import Path

import pytest
import yaml

from pipeline.runtime.paths import Paths
from tests.factories import run_stage
from tests.touchstone.walk import assert_passports_agree

ROOT = Path(__file__).resolve().parents[1]
ARCHIVE = Path(os.environ.get("TOUCHSTONE_CIFAKE") or ROOT.parent / "shared" / "data" / "cifake.zip")

pytestmark = [
    pytest.mark.skipif(not ARCHIVE.is_file(), reason=f"{ARCHIVE.name} is not there (TOUCHSTONE_CIFAKE names it)"),
]

TRAIN_EACH, TEST_EACH = 2000, 500


@pytest.fixture(scope="module")
def some_of_it(tmp_path_factory):
    """A smaller archive of the same layout, drawn by chance: of its names, every tenth is of one CIFAR-10 class."""
    chance = random.Random(1)
    target = tmp_path_factory.mktemp("archive") / "some.zip"
    with zipfile.ZipFile(ARCHIVE) as whole, zipfile.ZipFile(target, "w") as some:
        for part, each in (("train", TRAIN_EACH), ("test", TEST_EACH)):
            for label in ("REAL", "FAKE"):
                names = sorted(n for n in whole.namelist() if n.startswith(f"{part}/{label}/"))
                for name in chance.sample(names, each):
                    some.writestr(name, whole.read(name))
    return target


def test_a_detector_learns_from_real_pictures(some_of_it, tmp_path, monkeypatch):
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["sources"] = {"cifake": {"collector": "archive", "path": str(some_of_it)}}
    params["resize"]["sizes"] = [36]
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    (tmp_path / "recipes").mkdir()
    recipe = yaml.safe_load((ROOT / "recipes" / "four_layer_cnn.yaml").read_text())
    # A third as wide as the default, which takes a small part of its time, and learns enough.
    recipe["model"]["filters"] = [12, 32, 48, 80]
    recipe["train"]["epochs"] = 3
    (tmp_path / "recipes" / "four_layer_cnn.yaml").write_text(yaml.safe_dump(recipe))
    for stage in ("collect", "screen", "deduplicate", "resize", "split", "augment", "audit", "train", "evaluate"):
        per_source, shared = stage in ("collect", "screen", "resize"), stage == "deduplicate"
        run_stage(monkeypatch, tmp_path, stage, *([] if shared else ["cifake" if per_source else "four_layer_cnn"]))
    paths = Paths(tmp_path)
    proof = json.loads((paths.split("four_layer_cnn") / "proof.json").read_text())
    assert proof["counts"]["test"] == {"REAL": TEST_EACH, "FAKE": TEST_EACH}
    metrics = json.loads((paths.results("four_layer_cnn") / "metrics.json").read_text())
    # Chance is 0.5, with a standard deviation of 0.016 on 1,000 pictures.
    assert metrics["accuracy"] > 0.8
    assert metrics["roc_auc"] > 0.9
    assert_passports_agree(paths, ["cifake"], "four_layer_cnn", 200)
    shutil.rmtree(tmp_path / "datasets")
