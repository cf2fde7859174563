import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.records.record import Record
from pipeline.storage.labels import Label
from pipeline.storage.tables import write_table
from tests.factories import write_collected
from tests.touchstone.builds import commit, results, run


def is_number(found, rank):
    return isinstance(found, Record) and found.candidate.rank == rank


@pytest.fixture(scope="module")
def changed(built, tmp_path_factory):
    """A copy of the project with two fakes more, one photograph less, and another share of test pictures."""
    from pipeline.runtime.paths import Paths

    paths = Paths(tmp_path_factory.mktemp("changed") / "project")
    shutil.copytree(built.root, paths.root, symlinks=True)
    write_collected(paths, "fakes", [*results("fakes", Label.FAKE, 46)])
    write_collected(paths, "photos", [r for r in results("photos", Label.REAL) if r.candidate.rank != 10])
    recipe = paths.recipe("tiny")
    recipe.write_text(recipe.read_text().replace("test: 0.2", "test: 0.3"))
    run(paths.root, "dvc", "commit", "--quiet", "--force", "collect@photos", "collect@fakes")
    run(paths.root, "dvc", "repro", "--quiet", "split@tiny")
    # As if it had been trained anew, to a detector that errs where the old one was right.
    predictions = paths.results("tiny") / "predictions.parquet"
    table = pq.read_table(predictions)
    scores = pa.array(1 - table["score"].to_numpy(), pa.float32())
    column = table.schema.get_field_index("score")
    write_table(predictions, table.set_column(column, table.field(column), scores), table.schema)
    run(paths.root, "dvc", "commit", "--quiet", "--force", "evaluate@tiny")
    return paths


def test_two_revisions_are_compared_picture_by_picture(touchstone, changed, built):
    found = json.loads(touchstone(changed.root, "diff", "HEAD", "--json").out)
    assert [row["after"]["source"] for row in found["came"]] == ["fakes", "fakes"]
    (went,) = found["went"]
    assert (went["before"]["source"], went["reason"]) == ("photos", "not collected")
    assert found["relabelled"] == []
    moved = [row for row in found["moved"]["tiny"] if row["before"] and row["after"]]
    assert moved
    assert all(row["before"]["part"] != row["after"]["part"] for row in moved)
    accuracy = json.loads((built.results("tiny") / "metrics.json").read_text())["accuracy"]
    told = found["metrics"]["tiny"]["accuracy"]
    assert told["before"] == accuracy
    assert told["after"] != accuracy
    assert told["change"] == pytest.approx(told["after"] - accuracy)


def test_the_working_tree_is_left_alone_and_nothing_differs_from_itself(touchstone, changed):
    commit(changed.root, "changed")
    done = touchstone(changed.root, "diff", "HEAD", "--json")
    same = json.loads(done.out)
    assert same["came"] == same["went"] == same["regrouped"] == same["moved"]["tiny"] == []
    shown = touchstone(changed.root, "diff", "HEAD~1", "HEAD").out
    assert "came" in shown
    assert "moved to another split" in shown
    assert run(changed.root, "git", "status", "--porcelain").stdout == ""


def test_an_unknown_revision_is_said_in_one_line(touchstone, built):
    done = touchstone(built.root, "diff", "nowhere")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
