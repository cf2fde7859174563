import json

import pytest

from pipeline.lineage.result_history import read_history
from pipeline.raw_data.dvc_store import cached, find_cache
from pipeline.runtime.errors import ChainError, TouchstoneError
from tests.touchstone.builds import commit, run


def test_figures_are_told_by_the_commit_that_made_them(copy_of_built):
    root, file = copy_of_built.root, copy_of_built.results("tiny") / "metrics.json"
    cache, first = find_cache(root), json.loads(file.read_text())
    (only,) = read_history(root, cache, "tiny")
    assert (only.subject, only.figures["accuracy"]) == ("built", first["accuracy"])

    file.write_text(json.dumps(first | {"accuracy": 0.125}))
    now, built = read_history(root, cache, "tiny")
    assert (now.revision, now.figures["accuracy"], built) == (None, 0.125, only)

    run(root, "dvc", "commit", "--quiet", "--force", "evaluate@tiny")
    commit(root, "worse")
    (root / "dvc.lock").write_text((root / "dvc.lock").read_text().replace("size: ", "size:  ", 1))
    commit(root, "nothing but its form")
    worse, _ = read_history(root, cache, "tiny")
    assert (worse.subject, worse.figures["accuracy"]) == ("worse", 0.125)
    assert worse.revision == run(root, "git", "rev-parse", "HEAD~1").stdout.strip()

    cached(cache, only.md5).unlink()
    assert [past.figures is None for past in read_history(root, cache, "tiny")] == [False, True]
    assert len(read_history(root, cache, "tiny", most=1)) == 1
    assert read_history(root, cache, "nobody") == []


def test_a_project_without_git_or_dvc_says_so(tmp_path):
    with pytest.raises(TouchstoneError, match="git"):
        read_history(tmp_path, tmp_path, "tiny")
    with pytest.raises(ChainError):
        find_cache(tmp_path)
