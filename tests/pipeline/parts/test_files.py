import json

import pytest

from pipeline.storage.files import replacing, replacing_folder, write_json


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "file"
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert list(path.parent.iterdir()) == []
    write_json(path, {"ä": 1})
    assert json.loads(path.read_text()) == {"ä": 1}
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        raise RuntimeError
    assert json.loads(path.read_text()) == {"ä": 1}
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "out"
    for content in ("one", "two"):
        with replacing_folder(folder) as temporary:
            (temporary / content).write_text(content)
    with pytest.raises(RuntimeError), replacing_folder(folder) as temporary:
        (temporary / "three").write_text("half")
        raise RuntimeError
    assert [p.name for p in tmp_path.rglob("*")] == ["out", "two"]


@pytest.mark.parametrize("moment", ["while writing", "between the renames", "before clearing up"])
def test_what_a_killed_run_left_behind_is_mended(tmp_path, moment):
    folder, temporary, old = tmp_path / "out", tmp_path / ".out.tmp", tmp_path / ".out.old"
    (old if moment == "between the renames" else folder).mkdir()
    (old if moment == "between the renames" else folder).joinpath("good").write_text("good")
    if moment == "before clearing up":
        old.mkdir()
    else:
        temporary.mkdir()
        (temporary / "half").write_text("half")
    with pytest.raises(RuntimeError), replacing_folder(folder) as fresh:
        assert list(fresh.iterdir()) == []
        assert (folder / "good").read_text() == "good"
        raise RuntimeError
    assert [p.name for p in tmp_path.rglob("*")] == ["out", "good"]
