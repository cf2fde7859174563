import json

import pytest

from pipeline.judgement.detector_rules import DetectorFacts, judge_detector
from pipeline.storage.files import write_json
from pipeline.storage.labels import Label
from tests.factories import (
    build,
    collect_two_classes,
    encode,
    make_image,
    make_record,
    write_collected,
    write_project,
)
from tests.handmade import make_figures


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        collect_two_classes(write_project(root, copies=2), 20)
        build(patch, root, until="augment")
    return root


def test_the_funnel_stage_by_stage_and_source_by_source(touchstone, project):
    answer = json.loads(touchstone(project, "flow", "--json").out)
    assert answer["recipe"] == "tiny"
    stages = {stage["stage"]: {row["source"]: row for row in stage["sources"]} for stage in answer["stages"]}
    assert list(stages) == ["collect", "screen", "deduplicate", "split", "train", "val", "test", "augment"]
    assert stages["collect"]["photos"] == {
        "source": "photos", "taken": 20, "given": 20, "real": 20, "fake": 0, "dropped": {},
    }  # fmt: skip
    parts = [stages[part]["fakes"]["given"] for part in ("train", "val", "test")]
    assert sum(parts) == stages["split"]["fakes"]["given"]
    assert stages["augment"]["fakes"]["given"] == 3 * stages["train"]["fakes"]["given"]
    assert answer["results"] == []


def test_the_table_has_a_row_per_source_and_the_sums(touchstone, project):
    done = touchstone(project, "flow")
    assert done.code == 0
    rows = {words[0]: words[1:] for words in map(str.split, done.out.splitlines()) if len(words) == 9}
    assert rows["photos"][:2] == ["20", "20"]
    assert rows["source"] == ["collect", "screen", "deduplicate", "split", "train", "val", "test", "augment"]
    sums = [line.split() for line in done.out.splitlines() if line.strip().startswith("= all")]
    assert sums[0][2:4] == ["40", "40"]
    assert "add a keyword" in done.out


def test_accuracy_and_report_where_a_recipe_was_evaluated(touchstone, project):
    folder = project / "results" / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(
        json.dumps({"accuracy": 0.91234, "roc_auc": 0.97, "confusion": [[1, 2], [3, 4]]})
    )
    (folder / "report.html").write_text("<!doctype html>")
    results = json.loads(touchstone(project, "flow", "--json").out)["results"]
    assert results == [
        {
            "recipe": "tiny",
            "metrics": {"accuracy": 0.91234, "roc_auc": 0.97},
            "judgement": None,
            "report": "results/tiny/report.html",
        }
    ]
    shown = touchstone(project, "flow").out
    assert "0.9123" in shown
    assert "open results/tiny/report.html in a browser" in shown

    judgement = judge_detector(DetectorFacts("tiny", make_figures(44, 0), None, ["photos"]))
    write_json(folder / "judgement.json", judgement.to_json())
    results = json.loads(touchstone(project, "flow", "--json").out)["results"]
    assert results[0]["judgement"]["level"] == "cannot be judged"
    shown = touchstone(project, "flow").out
    assert judgement.headline in shown
    assert f"What to do: {judgement.remedies[0]}." in shown

    (folder / "metrics.json").write_text("{")
    assert touchstone(project, "flow").code == 40


def test_it_ends_with_the_alarms_of_the_audit_and_what_to_paste(touchstone, tmp_path):
    paths = write_project(tmp_path, copies=0)
    for source, label, kind in (("photos", Label.REAL, "JPEG"), ("fakes", Label.FAKE, "PNG")):
        files = [encode(make_image(number + 10_000 * label), kind) for number in range(24)]
        write_collected(paths, source, [make_record(source, n, data, label) for n, data in enumerate(files)])
    with pytest.MonkeyPatch.context() as patch:
        build(patch, tmp_path, until="audit")
    shown = touchstone(tmp_path, "flow").out.splitlines()
    assert shown[-4].startswith(
        "tiny cannot be judged: without a look at the pictures, the label is told by format (ROC"
    )
    assert shown[-3] == "in params.yaml, in place of what is there:"
    assert shown[-2] == "  resize: {sizes: [16], filter: lanczos, equalise: {quality: 75, subsampling: '4:2:0'}}"
    assert shown[-1] == "then: dvc repro"
    alarms = json.loads(touchstone(tmp_path, "flow", "--json").out)["alarms"]["tiny"]
    assert alarms["format"]["settings"] == {
        "params.yaml": {"resize": {"equalise": {"quality": 75, "subsampling": "4:2:0"}}}
    }
    (paths.results("tiny") / "audit.json").write_text("{")
    assert touchstone(tmp_path, "flow").code == 40


def test_a_stage_that_has_not_run_is_named(touchstone, tmp_path):
    write_project(tmp_path)
    done = touchstone(tmp_path, "flow")
    assert (done.code, done.out) == (40, "")
    assert "run `dvc repro" in done.err


def test_an_unknown_recipe_is_named(touchstone, project):
    done = touchstone(project, "flow", "--recipe", "huge")
    assert done.code == 10
    assert "known: tiny" in done.err
