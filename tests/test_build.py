"""The whole chain as a user runs it: a real DVC repository, real Chromium, the sandbox."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from collectors.http.spool import Spool
from pipeline.decisions import reviews, tombstones
from pipeline.records.shards import iterate_rows
from pipeline.runtime.paths import Paths
from tests.touchstone.walk import assert_passports_agree

ROOT = Path(__file__).resolve().parents[1]

#: What people keep in git beside what is built.
KEPT = {reviews.FILE, tombstones.FILE}

ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def run(project, *command, check=True):
    done = subprocess.run(command, cwd=project, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if check and done.returncode:
        pytest.fail(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done


def copy_project(target, root=ROOT):
    """Copy what git knows or would take, as a clone of the working tree would have it, but nothing that was built."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, names):
        built = name == "dvc.lock" or (name.startswith("datasets/") and name not in KEPT)
        if (root / name).is_file() and not built and not name.startswith("tests/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, target / name)
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t"],
    ):
        run(target, "git", *command)


def stages_run(done):
    return set(re.findall(r"Running stage '([^']+)'", done.stdout))


def keyword(query, label, limit):
    return {"collector": "google_images", "query": query, "label": label, "limit": limit}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A small project, built once: two keywords, one epoch."""
    root = tmp_path_factory.mktemp("project")
    copy_project(root)
    params = yaml.safe_load((root / "params.yaml").read_text())
    params["sources"] = {
        "animals": keyword("animals", "REAL", 60),
        # The 110th that is found is an empty answer: something to reject while collecting.
        "ai_generated_images": keyword("ai generated images", "FAKE", 120),
    }
    params["resize"]["sizes"] = [36]
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    recipe = yaml.safe_load((root / "recipes/four_layer_cnn.yaml").read_text())
    recipe["train"]["epochs"] = 1
    (root / "recipes/four_layer_cnn.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    run(root, "dvc", "repro")
    return root


def test_the_chain_ends_with_a_report_and_a_second_run_does_nothing(project):
    results = project / "results" / "four_layer_cnn"
    for name in ("model.keras", "metrics.json", "report.html", "audit.json", "model_card.md"):
        assert (results / name).stat().st_size > 100, name
    again = run(project, "dvc", "repro")
    assert stages_run(again) == set()
    assert "up to date" in again.stdout
    assert "accuracy" in run(project, "dvc", "metrics", "show").stdout


def test_passports_agree_with_a_walk_of_the_raw_manifests(project):
    fates = assert_passports_agree(Paths(project), ["animals", "ai_generated_images"], "four_layer_cnn", 200)
    assert {dropped[0] for dropped, _ in fates if dropped} >= {"collect", "screen"}


def test_rebuilding_from_the_same_pictures_gives_the_same_bytes(project, tmp_path):
    copy = tmp_path / "copy"
    copy_project(copy, project)
    assert not (copy / "dvc.lock").exists()
    shutil.copytree(project / "datasets" / "collected", copy / "datasets" / "collected")
    run(copy, "dvc", "repro", "sources")
    run(copy, "dvc", "commit", "--force", "collect@animals", "collect@ai_generated_images")
    done = run(copy, "dvc", "repro")
    assert not any(name.startswith("collect@") for name in stages_run(done))
    assert "train@four_layer_cnn" in stages_run(done)
    locks = [yaml.safe_load((folder / "dvc.lock").read_text())["stages"] for folder in (project, copy)]
    different = [name for name in locks[0] if locks[0][name] != locks[1].get(name)]
    assert different == []
    assert locks[0].keys() == locks[1].keys()


def test_a_new_keyword_costs_one_keyword(project):
    lines = (project / "params.yaml").read_text().splitlines()
    place = lines.index("sources:") + 1
    while lines[place].startswith(" "):
        place += 1
    lines.insert(place, "  birds: {collector: google_images, query: birds, label: REAL, limit: 30}")
    (project / "params.yaml").write_text("\n".join(lines))
    done = run(project, "dvc", "repro", "audit@four_layer_cnn", "augment@four_layer_cnn")
    own = {f"{stage}@birds" for stage in ("collect", "screen", "resize")}
    assert stages_run(done) == own | {
        "sources",
        "deduplicate",
        "split@four_layer_cnn",
        "augment@four_layer_cnn",
        "audit@four_layer_cnn",
    }
    # What is left follows from one another: the training, and what it changes.
    left = re.findall(r"^([a-z_@0-9]+):$", run(project, "dvc", "status").stdout, re.MULTILINE)
    assert set(left) == {"train@four_layer_cnn", "evaluate@four_layer_cnn", "card@four_layer_cnn", "compare"}


def test_a_collection_that_was_killed_goes_on(project):
    """Kill dvc and all below it as soon as pictures come in; the next run ends whole, and fetches the rest only."""
    text = (project / "params.yaml").read_text()
    line = "  trees: {collector: google_images, query: trees, label: REAL, limit: 80}"
    (project / "params.yaml").write_text(text.replace("sources:\n", f"sources:\n{line}\n", 1))
    try:
        spool = project / ".touchstone" / "spool" / "trees"
        killed = subprocess.Popen(
            ["dvc", "repro", "collect@trees"], cwd=project, env=ENVIRONMENT, start_new_session=True
        )
        deadline = time.monotonic() + 120
        while not list(Spool(spool).facts()):
            assert killed.poll() is None, "the collection ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
        assert not (project / "datasets" / "collected" / "trees").exists()
        kept = {facts.sha256 for facts in Spool(spool).facts()}
        run(project, "dvc", "repro", "collect@trees")
    finally:
        (project / "params.yaml").write_text(text)
    folder = project / "datasets" / "collected" / "trees"
    rows = list(iterate_rows(folder))
    assert kept <= {row["id"] for row in rows}
    rejected = pq.read_table(folder / "rejected.parquet").num_rows
    assert len(rows) + rejected == 80
    assert not spool.exists()


def test_a_failing_stage_says_why_in_one_line_and_with_its_code(project):
    text = (project / "params.yaml").read_text()
    try:
        (project / "params.yaml").write_text(text.replace("min_side:", "min_syde:"))
        done = run(project, sys.executable, "-m", "pipeline.screen", "animals", check=False)
    finally:
        (project / "params.yaml").write_text(text)
    assert done.returncode == 11
    assert done.stderr.splitlines() == [
        "touchstone: error: params.yaml: screen.min_syde: unknown key; did you mean min_side? "
        "known here: min_side, max_pixels, max_aspect, min_deviation, placeholder_hosts, label_conflict"
    ]
