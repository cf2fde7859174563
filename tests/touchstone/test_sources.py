import json

from pipeline.records.record import Rejection
from pipeline.runtime.paths import Paths
from tests.factories import build, collect_two_classes, encode, make_image, make_record, write_collected, write_project


def test_before_anything_ran_all_counts_are_open(touchstone, tmp_path):
    write_project(tmp_path)
    done = touchstone(tmp_path, "sources", "--json")
    photos, fakes = json.loads(done.out)["sources"]
    assert photos == {
        "name": "photos",
        "collector": "folder",
        "labels": ["REAL"],
        "settings": {"path": "photos"},
        **dict.fromkeys(("collected", "bytes", "found_by", "rejected", "screened", "screened_out", "kept")),
    }
    assert fakes["labels"] == ["FAKE"]


def test_what_each_source_gave(touchstone, tmp_path, monkeypatch, capsys):
    paths = write_project(tmp_path)
    collect_two_classes(paths, 3)
    rules = ("records-2026", "records-2026", "thumbnails")
    good = [make_record("photos", rank, encode(make_image(rank)), found_by=rule) for rank, rule in enumerate(rules)]
    twin, blank = (
        make_record("photos", 3, encode(make_image(2))),
        make_record("photos", 4, encode(make_image(5, 8, 8))),
    )
    write_collected(paths, "photos", [*good, twin, blank, Rejection("photos", 5, "not-found")])
    build(monkeypatch, tmp_path, until="deduplicate")
    capsys.readouterr()

    photos, fakes = json.loads(touchstone(tmp_path, "sources", "--json").out)["sources"]
    assert (photos["collected"], photos["rejected"]) == (5, {"not-found": 1})
    assert (photos["found_by"], fakes["found_by"]) == ({"records-2026": 2, "thumbnails": 1}, {})
    assert (photos["screened"], photos["screened_out"]) == (4, {"too-small": 1})
    assert (photos["kept"], fakes["kept"]) == (3, 3)
    assert photos["bytes"] == sum(shard.stat().st_size for shard in paths.collected("photos").glob("shard-*"))

    table = touchstone(tmp_path, "sources").out
    rows = [line.split() for line in table.splitlines() if line.strip().startswith("photos")]
    assert rows[0] == ["photos", "folder", "photos", "REAL", "5", "0.0", "4", "3"]
    assert rows[1:] == [["photos", "collect", "not-found", "1"], ["photos", "screen", "too-small", "1"]]


def test_a_stage_that_has_not_run_leaves_a_dash(touchstone, tmp_path):
    collect_two_classes(write_project(tmp_path), 2)
    table = touchstone(tmp_path, "sources").out
    row = next(line for line in table.splitlines() if line.strip().startswith("fakes"))
    assert row.split()[4:] == ["2", "0.0", "-", "-"]
    assert "Rejected" not in table


def test_works_from_a_folder_below_the_project(touchstone, tmp_path):
    root = Paths(write_project(tmp_path).root)
    (root.root / "deep" / "er").mkdir(parents=True)
    assert touchstone(tmp_path / "deep" / "er", "sources").code == 0
