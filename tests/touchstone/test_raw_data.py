"""What was collected is an input: through every change of code, settings and names, here and on a colleague's machine.

One project in git and DVC, taken step by step through a year of its life; the steps build on one another. Its folders
stand for the world: a file that is taken away is a result that a search no longer shows.
"""

import io
import shutil
from contextlib import chdir, contextmanager

import pytest
import yaml
from dvc.repo import Repo

from pipeline.records.shards import iterate_rows
from pipeline.runtime.paths import Paths
from pipeline.storage.tables import read_table
from tests.factories import encode, make_image, run_stage
from tests.test_build import ENVIRONMENT, copy_project, run
from tests.touchstone.builds import commit, use_identity, write_tiny_project

pytestmark = pytest.mark.timeout(900)

#: What makes these stages run is as in ours; what they compute is told elsewhere, and is left out here.
BRIEFLY = {
    "screen": "mkdir -p datasets/screened/${key} && cp datasets/stated/${key}.json datasets/screened/${key}/",
    "deduplicate": "mkdir -p datasets/deduplicated && ls datasets/screened > datasets/deduplicated/screened",
}

SOURCES = """sources:
  # What we took ourselves.
  photos: {collector: folder, path: world/photos, label: REAL}
  more:   {collector: folder, path: world/more, label: REAL}   # to be sorted
  fakes: {collector: folder, path: world/fakes, label: FAKE}
"""


@contextmanager
def dvc(root):
    """DVC in this process, in a project that is not the current folder's."""
    with pytest.MonkeyPatch.context() as patch, chdir(root):
        patch.setenv("PATH", ENVIRONMENT["PATH"])
        with Repo(str(root)) as repo:
            yield repo


def repro(root, *targets, **options):
    """Build, and name the stages that ran."""
    with dvc(root) as repo:
        return {stage.addressing for stage in repo.reproduce(targets or None, **options)}


def is_clean(root, *targets):
    with dvc(root) as repo:
        return repo.status(targets=targets) == {}


def push(root):
    with dvc(root) as repo:
        repo.push()


def fill(folder, numbers):
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / f"{number}.jpg").write_bytes(encode(make_image(number)))


def edit(root, before, after):
    text = (root / "params.yaml").read_text()
    assert text.count(before) == 1
    (root / "params.yaml").write_text(text.replace(before, after))


def names(root, source):
    return sorted(row["image_url"].split("/")[-1] for row in iterate_rows(Paths(root).collected(source)))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    use_identity()
    root = tmp_path_factory.mktemp("raw") / "project"
    root.mkdir()
    copy_project(root)
    write_tiny_project(root)
    params = yaml.safe_load((root / "params.yaml").read_text())
    del params["sources"]
    (root / "params.yaml").write_text(SOURCES + yaml.safe_dump(params, sort_keys=False))
    stages = yaml.safe_load((root / "dvc.yaml").read_text())["stages"]
    for name, command in BRIEFLY.items():
        stages[name].get("do", stages[name])["cmd"] = command
    kept = {name: stages[name] for name in ("sources", "collect", *BRIEFLY)}
    (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": kept}))
    for number, source in enumerate(("photos", "more", "fakes")):
        fill(root / "world" / source, range(100 * number, 100 * number + 6))
    run(root, "dvc", "remote", "add", "-d", "shared", str(root.parent / "remote"))
    assert repro(root) == {"sources", "deduplicate"} | {
        f"{stage}@{source}" for stage in ("collect", "screen") for source in ("photos", "more", "fakes")
    }
    commit(root, "built")
    return root


@pytest.fixture(scope="module")
def colleague(project):
    """Pull what is pushed into a clone that has what was built before."""
    root = project.parent / "colleague"
    run(project.parent, "git", "clone", "-q", str(project), str(root))

    def pull():
        push(project)
        run(root, "git", "pull", "-q")
        with dvc(root) as repo:
            repo.pull()
        return root

    pull()
    return pull


def test_neither_code_nor_the_way_of_fetching_collects_again(project):
    before = names(project, "photos")
    for file in ("pipeline/runtime/errors.py", "collectors/archives/folder.py", "collectors/sandbox/pages/grid.css"):
        with (project / file).open("a") as opened:
            opened.write("/* */\n" if file.endswith("css") else "# A remark.\n")
    edit(project, "workers: 4", "workers: 5")
    edit(project, "timeout: 5.0", "timeout: 6.0")
    shutil.rmtree(project / "world" / "fakes")
    assert not {name for name in repro(project) if name.startswith("collect")}
    # Not even where DVC is told to run it.
    repro(project, "collect@photos", "collect@fakes", force=True, single_item=True)
    assert names(project, "photos") == before
    assert len(names(project, "fakes")) == 6


def test_a_label_is_applied_after_collecting(project, touchstone, monkeypatch):
    edit(project, "more, label: REAL}", "more, label: FAKE, generator: sd14}")
    assert repro(project) == {"sources", "screen@more", "deduplicate"}
    why = touchstone(project, "why", next(iterate_rows(Paths(project).collected("more")))["id"]).out
    assert "more #0, FAKE" in why
    assert "sd14" in why
    assert touchstone(project, "verify").code == 0
    commit(project, "sorted")
    with monkeypatch.context() as patch:
        run_stage(patch, project, "screen", "more")
    manifest = read_table(Paths(project).screened("more") / "manifest.parquet", "screen@more")
    assert set(zip(manifest["label"].to_pylist(), manifest["generator"].to_pylist(), strict=True)) == {(1, "sd14")}
    with dvc(project) as repo:
        repo.checkout(force=True)


def test_a_search_that_shows_less_takes_nothing_away(project, touchstone):
    first = list(iterate_rows(Paths(project).collected("photos")))
    for number in (1, 4):
        (project / "world" / "photos" / f"{number}.jpg").unlink()
    fill(project / "world" / "photos", [50])
    assert yaml.safe_load(touchstone(project, "collect", "photos", "--again", "--json").out) == {
        "source": "photos", "searched": True, "pictures": 7, "before": 6, "failed": {}, "no_longer_found": 2,
        "committed": True,
    }  # fmt: skip
    rows = list(iterate_rows(Paths(project).collected("photos")))
    assert rows[:6] == first
    assert (rows[6]["rank"], rows[6]["image_url"]) == (6, "world/photos/50.jpg")
    assert repro(project) == {"screen@photos"}
    assert "last found" in touchstone(project, "why", rows[0]["id"]).out
    assert "last found" not in touchstone(project, "why", rows[1]["id"]).out
    assert touchstone(project, "verify").code == 0
    commit(project, "searched again")


def test_a_source_keeps_its_pictures_under_another_name(project, touchstone, colleague):
    before, rows = (project / "params.yaml").read_text(), list(iterate_rows(Paths(project).collected("more")))
    shutil.rmtree(project / "world" / "more")
    assert touchstone(project, "rename", "more", "others").code == 0
    assert (project / "params.yaml").read_text() == before.replace("  more:   {", "  others:   {")
    assert is_clean(project, "collect@others")
    assert repro(project) == {"screen@others", "deduplicate"}
    assert [row | {"source": "more"} for row in iterate_rows(Paths(project).collected("others"))] == rows
    assert not list((project / "datasets").rglob("more*"))
    assert touchstone(project, "verify").code == 0
    commit(project, "renamed")
    clone = colleague()
    assert not list((clone / "datasets").rglob("more*"))
    assert repro(clone) == set()
    assert touchstone(clone, "verify").code == 0


def test_a_removed_source_leaves_nothing_behind_and_comes_back_whole(project, touchstone, colleague):
    before, text = names(project, "others"), (project / "params.yaml").read_text()
    line = next(line for line in text.splitlines() if line.startswith("  others:"))
    edit(project, line + "\n", "")
    assert repro(project) == {"sources", "deduplicate"}
    assert not list((project / "datasets").rglob("others*"))
    assert touchstone(project, "verify").code == 0
    commit(project, "removed")
    clone = colleague()
    assert not list((clone / "datasets").rglob("others*"))
    assert repro(clone) == set()
    assert touchstone(clone, "verify").code == 0

    # Its folder in the world is gone since it was renamed: nothing but DVC's cache has it.
    (project / "params.yaml").write_text(text)
    assert {"sources", "collect@others", "deduplicate"} <= repro(project)
    assert names(project, "others") == before
    assert touchstone(project, "verify").code == 0
    commit(project, "back")
    clone = colleague()
    assert names(clone, "others") == before
    assert repro(clone) == set()
    assert touchstone(clone, "verify").code == 0


def test_what_dvc_does_not_hold_is_moved_and_not_deleted(project, monkeypatch, capsys):
    before, text = names(project, "fakes"), (project / "params.yaml").read_text()
    shutil.move(project / ".dvc" / "cache", project / ".dvc" / "elsewhere")
    edit(project, "  fakes: {", "  other: {")
    with monkeypatch.context() as patch:
        run_stage(patch, project, "sources")
        told = capsys.readouterr().out
        assert "fakes: no longer in params.yaml; what was collected is kept in .touchstone/removed/fakes" in told
        assert not Paths(project).collected("fakes").exists()
        (project / "params.yaml").write_text(text)
        run_stage(patch, project, "collect", "fakes")
    assert "brought back what was collected before, from .touchstone/removed/fakes" in capsys.readouterr().out
    assert names(project, "fakes") == before
    shutil.rmtree(project / ".dvc" / "cache", ignore_errors=True)
    shutil.move(project / ".dvc" / "elsewhere", project / ".dvc" / "cache")


def test_starting_anew_is_asked_for_first(project, touchstone, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    refused = touchstone(project, "collect", "photos", "--anew")
    assert refused.code == 1
    assert "7 pictures" in refused.err
    assert len(names(project, "photos")) == 7
    assert touchstone(project, "collect", "photos", "--anew", "--yes").code == 0
    assert names(project, "photos") == ["0.jpg", "2.jpg", "3.jpg", "5.jpg", "50.jpg"]
    assert [row["rank"] for row in iterate_rows(Paths(project).collected("photos"))] == [0, 1, 2, 3, 4]
