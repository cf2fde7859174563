import json

import pytest

from pipeline.comparing.published import PUBLISHED
from pipeline.runtime.paths import Paths
from tests.factories import write_project, write_scores


@pytest.fixture
def project(tmp_path):
    paths = write_project(tmp_path)
    for name, accuracy in (("tiny", 0.81), ("other", 0.92), ("late", None)):
        paths.recipe(name).write_text(paths.recipe("tiny").read_text())
        if accuracy:
            paths.results(name).mkdir(parents=True)
            metrics = {"pictures": 1200, "accuracy": accuracy, "accuracy_low": 0.5, "roc_auc": 0.9, "confusion": {}}
            (paths.results(name) / "metrics.json").write_text(json.dumps(metrics))
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text() + "  - other\n  - late\n")
    return tmp_path


def test_recipes_stand_best_first_and_apart_from_what_others_report(touchstone, project):
    lines = touchstone(project, "compare").out.splitlines()
    rows = [line.split() for line in lines if " ours " in line or " theirs " in line]
    assert [row[0] for row in rows[:2]] == ["other", "tiny"]
    assert rows[0][:5] == ["other", "ours", "1,200", "0.9200", "0.5000"]
    assert len([row for row in rows if "ours" in row]) == 2
    assert sum(" theirs " in line for line in lines) == len(PUBLISHED)
    assert "Not evaluated yet: late" in "\n".join(lines)


def test_json_keeps_ours_and_theirs_apart(touchstone, project):
    shown = json.loads(touchstone(project, "compare", "--json").out)
    assert [row["recipe"] for row in shown["recipes"]] == ["tiny", "other"]
    assert {row["system"] for row in shown["published"]} == {system.system for system in PUBLISHED}
    assert "confusion" not in shown["recipes"][0]["metrics"]


def test_every_two_recipes_are_tested_on_the_pictures_they_share(touchstone, project):
    paths = Paths(project)
    write_scores(paths, "tiny", [0.1] * 20 + [0.9] * 19 + [0.1])
    write_scores(paths, "other", [0.1] * 11 + [0.9] * 29, first=1)
    (pair,) = json.loads(touchstone(project, "compare", "--json").out)["pairs"]
    assert (pair["first"], pair["second"], pair["shared"]) == ("tiny", "other", 39)
    assert (pair["only_in_first"], pair["only_in_second"]) == (1, 1)
    assert (pair["first_right"], pair["second_right"]) == (8, 1)
    shown = touchstone(project, "compare").out
    assert "McNemar" in shown
    assert "1 + 1" in shown
