import pytest
import yaml

from pipeline.config.project import load_project
from pipeline.runtime import errors
from tests.factories import encode, make_image, write_project


@pytest.fixture
def project(tmp_path):
    write_project(tmp_path)
    for name in ("photos", "fakes"):
        (tmp_path / name).mkdir()
    return tmp_path


def set_sources(root, **sources):
    path = root / "params.yaml"
    content = yaml.safe_load(path.read_text()) | {"sources": sources}
    path.write_text(yaml.safe_dump(content))


def set_recipe(root, **settings):
    path = root / "recipes" / "tiny.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | settings))


def keyword(label, limit):
    return {"collector": "google_images", "query": "x", "label": label, "limit": limit}


def test_a_project_that_can_work_gives_its_params_and_recipes(project):
    params, recipes = load_project(project)
    assert set(params.sources) == {"photos", "fakes"}
    assert recipes["tiny"].size == 16


@pytest.mark.parametrize("limits", [(2, 500), (500, 2)])
def test_too_few_pictures_are_told_by_the_limits(project, limits):
    set_sources(project, a=keyword("REAL", limits[0]), b=keyword("FAKE", limits[1]))
    with pytest.raises(errors.ParamsError, match=r"recipes/tiny.yaml: split: train, val and test need one each"):
        load_project(project)


def test_counts_that_the_limits_cannot_give_are_told(project):
    set_sources(project, a=keyword("REAL", 100), b=keyword("FAKE", 60), c=keyword("FAKE", 30))
    set_recipe(project, split={"strategy": "counts", "counts": {"train": 80, "val": 10, "test": 10}})
    with pytest.raises(errors.ParamsError, match=r"100 pictures of each class, and of FAKE .* can give 90 \(b, c\)"):
        load_project(project)
    set_sources(project, a=keyword("REAL", 100), b=keyword("FAKE", 70), c=keyword("FAKE", 30))
    assert load_project(project)


def test_a_size_that_resize_does_not_make_is_told(project):
    set_recipe(project, size=224)
    with pytest.raises(errors.ParamsError, match=r"size: 224 is not made; add it to `resize.sizes`"):
        load_project(project)


def test_what_a_source_names_must_be_there_until_it_is_collected(project):
    (project / "photos").rmdir()
    with pytest.raises(errors.PathMissingError, match=r"photos: no such folder; `sources.photos.path` in params.yaml"):
        load_project(project)
    (project / "dvc.lock").write_text("stages:\n  collect@photos:\n    cmd: x\n")
    assert load_project(project)
    set_sources(project, a={"collector": "archive", "path": "absent.zip"})
    with pytest.raises(errors.PathMissingError, match=r"absent.zip: no such file"):
        load_project(project)


def test_a_folder_without_labels_is_told_with_the_remedy(project):
    set_sources(project, mixed={"collector": "folder", "path": "photos"})
    (project / "photos" / "cats").mkdir()
    (project / "photos" / "cats" / "1.jpg").write_bytes(encode(make_image(1)))
    with pytest.raises(errors.NothingFoundError, match=r"sources.mixed: .* set `label: REAL` or `label: FAKE`"):
        load_project(project)
    (project / "photos" / "cats").rename(project / "photos" / "Real")
    assert load_project(project)


def test_a_home_is_found_by_its_tilde(project, tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    (home / "pictures").mkdir()
    monkeypatch.setenv("HOME", str(home))
    settings = {"collector": "folder", "path": "~/pictures", "label": "REAL"}
    set_sources(project, photos=settings, fakes={"collector": "folder", "path": "fakes", "label": "FAKE"})
    assert load_project(project)
    set_sources(project, photos=settings | {"path": "~/absent"}, fakes=settings | {"path": "fakes", "label": "FAKE"})
    with pytest.raises(errors.PathMissingError, match=r"~/absent: no such folder"):
        load_project(project)
