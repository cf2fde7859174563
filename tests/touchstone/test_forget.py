"""A takedown of a picture that had duplicates, copies and a twin."""

import hashlib
import io
import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

from pipeline.config.params import load_params
from pipeline.decisions.reviews import read_reviews
from pipeline.lineage.lock import read_lock
from pipeline.lineage.manifests import Manifests
from pipeline.lineage.purge import clear_cache, look_for
from pipeline.lineage.removal import plan_removal
from pipeline.raw_data.dvc_store import cached
from pipeline.records.shards import iterate_rows
from pipeline.runtime.errors import PathMissingError
from tests.factories import encode, make_image, make_record, run_stage, write_collected, write_project
from tests.touchstone.builds import SOURCES, TWIN, commit, results, run
from tests.touchstone.walk import Walk

#: In photos: the picture, its bytes again, its pixels in another file, and once more at another quality.
SAME = {("photos", rank) for rank in (TWIN, 44, 45, 46)}

#: Another picture that a person has looked at, too.
BESIDE = 11

#: An older version of something that has nothing to do with the picture.
BYSTANDER = b"id,reason\n1,blank\n"

#: An older report that shows it.
REPORT = f"<!doctype html><p>photos #{TWIN}</p>".encode()


def keep(cache, data):
    """Put something into a cache of DVC's, as `dvc add` does, and tell where it is."""
    file = cached(cache, hashlib.md5(data).hexdigest())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def places(paths):
    """The split of every picture, by its id."""
    rows = Walk(paths, SOURCES, "tiny").divided
    return {row["id"]: row["part"] for row in rows[rows["part"] != "dropped"].to_dict("records")}


def groups(paths):
    rows = pd.read_parquet(paths.deduplicated / "groups.parquet")
    return dict(zip(rows["id"], rows["group"], strict=True))


def lose(paths, source, name):
    """Make a source that params.yaml has no more: what was built of one, under another name."""
    for folder in (paths.collected, paths.screened, paths.resized):
        shutil.copytree(folder(source), folder(name))
        for file in folder(name).glob("*.parquet"):
            table = pq.read_table(file)
            if "source" not in table.schema.names:
                continue
            own = pa.array([name] * table.num_rows, table.schema.field("source").type)
            pq.write_table(table.set_column(table.schema.get_field_index("source"), "source", own), file)
    lock = paths.root / "dvc.lock"
    content = yaml.safe_load(lock.read_text())
    for stage in ("collect", "screen", "resize"):
        entry = yaml.safe_dump(content["stages"][f"{stage}@{source}"]).replace(f"/{source}", f"/{name}")
        content["stages"][f"{stage}@{name}"] = yaml.safe_load(entry)
    lock.write_text(yaml.safe_dump(content, sort_keys=False))


STOPPED = """
from touchstone.cli import main
from touchstone.commands import forget_command
dvc = forget_command._dvc
forget_command._dvc = lambda root, *words, **more: exit(9) if words[0] == "repro" else dvc(root, *words, **more)
main()
"""


@pytest.fixture(scope="module")
def forgotten(built, tmp_path_factory):
    """The project before, a copy of it in which the picture is forgotten, the ids that went, and what was said.

    The command was stopped before anything was built anew, and called again. Of the copy, params.yaml lost a source.
    """
    from pipeline.decisions.reviews import Review, write_reviews
    from pipeline.runtime.paths import Paths

    root = tmp_path_factory.mktemp("forgotten") / "project"
    shutil.copytree(built.root, root, symlinks=True)
    rows = {row["rank"]: row for row in iterate_rows(built.collected("photos"))}
    for data in (BYSTANDER, REPORT, rows[TWIN]["image"]["bytes"]):
        keep(root / ".dvc/cache", data)
    lose(Paths(root), "photos", "old")
    write_reviews(root, [Review(rows[rank]["id"], "REAL", "I took it", "2026-01-02") for rank in (TWIN, BESIDE)])
    words = ["forget", rows[TWIN]["id"], "--why", "asked for", "--yes", "--json"]
    stopped, done = (
        subprocess.run([sys.executable, "-c", call, *words], cwd=root, capture_output=True, text=True, check=False)
        for call in (STOPPED, "from touchstone.cli import main; main()")
    )
    assert (stopped.returncode, stopped.stdout) == (9, "")
    assert "8 records, in old, photos" in stopped.stderr
    assert done.returncode == 0, done.stderr
    assert "going on with what was stopped" in done.stderr
    gone = {rows[rank]["id"]: rows[rank]["image"]["bytes"] for _, rank in SAME}
    return built, Paths(root), gone, json.loads(done.stdout)


def test_it_is_gone_from_every_out_and_from_the_cache(forgotten):
    _, after, gone, said = forgotten
    assert set(said["forgotten"]) == set(gone)
    files = [path for part in ("datasets", "results", ".dvc/cache") for path in (after.root / part).rglob("*")]
    files = [path for path in files if path.is_file() and path.name != "forgotten.json"]
    assert len(files) > 100
    for path in files:
        content = path.read_bytes()
        assert not any(data in content for data in gone.values()), path
    walk = Walk(after, SOURCES, "tiny")
    for table in (walk.kept, walk.groups, walk.gone, walk.divided, walk.copies, walk.scores):
        assert not set(table["id"]) & set(gone)
    rejected = walk.collected["photos"]
    rejected = rejected[rejected["part"] == "rejected"]
    assert set(rejected[rejected["reason"] == "forgotten"]["id"]) == set(gone)
    assert rejected[rejected["reason"] == "forgotten"]["image_url"].isna().all()
    assert not after.forgetting.exists()


def test_a_source_that_params_lost_goes_whole(forgotten):
    _, after, _, _ = forgotten
    assert not any(folder("old").exists() for folder in (after.collected, after.screened, after.resized))
    assert not any(name.endswith("@old") for name in read_lock(after.root))


def test_only_what_holds_it_goes_from_the_cache(forgotten):
    before, after, gone, said = forgotten
    cache = after.root / ".dvc/cache"
    assert cached(cache, hashlib.md5(BYSTANDER).hexdigest()).read_bytes() == BYSTANDER
    models = {out.md5 for stage in read_lock(before.root).values() for out in stage.outs if "model.keras" in out.path}
    assert models
    assert all(cached(cache, md5).is_file() for md5 in models)
    planted = (REPORT, *gone.values())
    loose = [cached(cache, hashlib.md5(data).hexdigest()).relative_to(cache).as_posix() for data in planted]
    assert loose[0] in said["deleted"]
    assert set(loose[1:]) & set(said["deleted"])
    for file in set(said["deleted"]) - set(loose):
        assert not (cache / file).exists()
        content = (before.root / ".dvc/cache" / file).read_bytes()
        assert content[:4] == b"PAR1" or content[1:6] == b"NUMPY" or b"photos #" in content, file
    outdated = {out.md5 for stage in read_lock(before.root).values() for out in stage.outs}
    outdated -= {out.md5 for stage in read_lock(after.root).values() for out in stage.outs}
    assert any(cached(cache, md5).is_file() for md5 in outdated)


def test_squares_made_otherwise_in_an_older_version_are_found_by_their_index(built, tmp_path):
    """Nothing in such an array is known by its hash; the table beside it says that the picture is in it."""
    manifests, cache, lock = Manifests(built), tmp_path / "cache", read_lock(built.root)
    index = (built.resized("photos") / "index.parquet").read_bytes()
    arrays = [io.BytesIO(), io.BytesIO()]
    for number, array in enumerate(arrays):
        np.save(array, np.full((2, 8, 8, 3), number, np.uint8))
    names = {
        name: keep(cache, data)
        for name, data in zip(
            ("index.parquet", "8/pixels.npy", "other"), (index, *(array.getvalue() for array in arrays)), strict=True
        )
    }

    def md5(name):
        return names[name].parent.name + names[name].name

    listing = json.dumps([{"md5": md5(name), "relpath": name} for name in ("index.parquet", "8/pixels.npy")]).encode()
    keep(cache, listing).rename(cached(cache, hashlib.md5(listing).hexdigest() + ".dir"))
    kept = pd.read_parquet(built.resized("photos") / "index.parquet").iloc[0]
    wanted = look_for(manifests, [(kept["source"], int(kept["rank"]), kept["id"])])
    gone = clear_cache(manifests, cache, lock, wanted)
    assert set(gone) == {names[name].relative_to(cache).as_posix() for name in ("index.parquet", "8/pixels.npy")}
    assert names["other"].is_file()


def test_the_others_keep_their_split_and_the_twin_its_group(forgotten):
    before, after, gone, _ = forgotten
    old, new = places(before), places(after)
    assert {picture: split for picture, split in new.items() if old.get(picture, split) != split} == {}
    # One picture less of one class takes one of the other along, at most.
    assert len(old.keys() - new.keys() - gone.keys()) <= 1
    # Of the twin and its own duplicates, the one with the most bytes is kept.
    twin = next(row["id"] for row in iterate_rows(before.collected("fakes")) if row["rank"] == 45)
    assert groups(after)[twin] == groups(before)[twin]
    assert groups(before)[twin] in gone


def test_the_tombstones_hold_hashes_and_reasons_only(forgotten):
    _, after, gone, _ = forgotten
    content = json.loads((after.root / "datasets/forgotten.json").read_text())
    assert {stone["sha256"] for stone in content["forgotten"]} == set(gone)
    assert {tuple(stone) for stone in content["forgotten"]} == {("kind", "sha256", "why")}
    assert {stone["why"] for stone in content["forgotten"]} == {"asked for"}


def test_what_was_said_of_it_is_gone_and_what_was_said_of_others_stays(forgotten):
    _, after, gone, _ = forgotten
    (review,) = read_reviews(after.root).values()
    assert review.id not in gone
    assert review.why == "I took it"


def test_the_project_is_whole_and_why_tells(forgotten, touchstone):
    _, after, gone, _ = forgotten
    assert touchstone(after.root, "verify").code == 0
    assert "up to date" in run(after.root, "dvc", "repro").stdout
    found = json.loads(touchstone(after.root, "why", next(iter(gone)), "--json").out)["pictures"]
    assert {picture["dropped"]["reason"] for picture in found} == {"forgotten"}
    assert {picture["dropped"]["detail"] for picture in found} == {"asked for"}


def test_it_stays_out_when_it_is_collected_again(forgotten, monkeypatch):
    from collectors.gathering.tombstone_filter import filter_forgotten
    from pipeline.decisions.tombstones import read_tombstones
    from pipeline.storage.labels import Label

    _, after, _, _ = forgotten
    kept = {path.name: path.read_bytes() for path in after.collected("photos").iterdir()}
    write_collected(after, "photos", filter_forgotten(results("photos", Label.REAL), read_tombstones(after.root)))
    # Rewriting gave what collecting again gives.
    assert {path.name: path.read_bytes() for path in after.collected("photos").iterdir()} == kept


def test_diff_tells_what_went_and_what_it_did(forgotten, touchstone):
    _before, after, _gone, _ = forgotten
    commit(after.root, "forgotten")
    done = touchstone(after.root, "diff", "HEAD~1")
    assert done.code == 1
    assert "not in DVC's cache" in done.err


@pytest.mark.parametrize("name", ["abcdef123456", "a", "", " ", "photos/3.jpg"])
def test_what_is_not_here_cannot_be_forgotten(touchstone, built, name):
    assert touchstone(built.root, "forget", name, "--why", "x", "--yes").code == 30


def test_digits_with_which_several_ids_begin_are_not_enough(touchstone, built, monkeypatch):
    monkeypatch.setattr("pipeline.lineage.lookup.is_id", lambda text: True)
    monkeypatch.setattr("pipeline.lineage.removal.is_id", lambda text: True)
    done = touchstone(built.root, "forget", "a", "--why", "x", "--yes")
    assert done.code == 1
    assert "pictures begin so; give more of its digits" in done.err


def screened(root, monkeypatch, **pictures):
    """A project whose source photos holds some pictures: its manifests, its params, and their ids."""
    paths = write_project(root)
    records = [make_record("photos", rank, encode(image, "PNG")) for rank, image in enumerate(pictures.values())]
    write_collected(paths, "photos", records)
    run_stage(monkeypatch, root, "screen", "photos")
    return Manifests(paths), load_params(root), dict(zip(pictures, (record.id for record in records), strict=True))


def removed(manifests, params, name):
    return {identity for _, _, identity in plan_removal(manifests, params, name, "x").records}


@pytest.mark.parametrize("name", ["", " ", "a", "abcde"])
def test_too_little_names_nothing_though_records_may_lack_a_host(tmp_path, monkeypatch, name):
    manifests, params, _ = screened(tmp_path, monkeypatch, one=make_image(1), other=make_image(2))
    with pytest.raises(PathMissingError):
        plan_removal(manifests, params, name, "x")


def test_a_picture_that_shows_nothing_takes_no_other_along(tmp_path, monkeypatch):
    ramp = np.broadcast_to(np.linspace(60, 200, 64, dtype=np.uint8)[:, None], (64, 64))
    none = np.zeros_like(ramp)
    blue, red = (Image.fromarray(np.dstack(channels)) for channels in ([none, none, ramp], [ramp, none, none]))
    manifests, params, ids = screened(tmp_path, monkeypatch, blue=blue, red=red, other=make_image(1))
    assert removed(manifests, params, ids["blue"]) == {ids["blue"]}


@pytest.mark.parametrize("orientations", [True, False])
def test_mirrored_ones_go_along_where_they_count_as_the_same(tmp_path, monkeypatch, orientations):
    write_project(tmp_path)
    whole = write_project

    def with_orientations(root):
        paths = whole(root)
        file = root / "params.yaml"
        content = yaml.safe_load(file.read_text())
        content["deduplicate"] = content.get("deduplicate", {}) | {"orientations": orientations}
        file.write_text(yaml.safe_dump(content))
        return paths

    monkeypatch.setattr("tests.touchstone.test_forget.write_project", with_orientations)
    image = make_image(1)
    mirrored, turned = (image.transpose(way) for way in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90))
    manifests, params, ids = screened(
        tmp_path, monkeypatch, image=image, mirrored=mirrored, turned=turned, other=make_image(2)
    )
    expected = {"image", "mirrored", "turned"} if orientations else {"mirrored"}
    assert removed(manifests, params, ids["mirrored"]) == {ids[name] for name in expected}
