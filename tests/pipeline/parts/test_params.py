import pytest
import yaml

from pipeline.config.params import load_params
from pipeline.config.recipe import load_recipe, sources_of
from pipeline.runtime import errors
from pipeline.runtime.paths import Paths, find_root
from tests.factories import write_project


@pytest.fixture
def project(tmp_path):
    write_project(tmp_path)
    return tmp_path


@pytest.mark.parametrize("text", ["a: 2024-13-45", "a: !!int x", "a: !!timestamp x", "[" * 3000, "a: [", "a: \x00"])
def test_what_is_no_yaml_is_said(project, text):
    (project / "params.yaml").write_text(text)
    with pytest.raises(errors.ParamsError, match=r"params\.yaml: is not YAML"):
        load_params(project)


def change(root, file, *keys, value=None):
    """Set, or with no value delete, one key of a YAML file."""
    path = root / file
    content = yaml.safe_load(path.read_text())
    place = content
    for key in keys[:-1]:
        place = place[key]
    if value is None:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    path.write_text(yaml.safe_dump(content))


WRONG = [
    (
        ("screeen",),
        {"min_side": 3},
        errors.UnknownKeyError,
        r"params.yaml: screeen: unknown key; did you mean screen\? known here: .*screen",
    ),
    (
        ("screen", "min_syde"),
        3,
        errors.UnknownKeyError,
        r"screen.min_syde: unknown key; did you mean min_side\? known here: min_side",
    ),
    (("sources", "photos", "limt"), 3, errors.UnknownKeyError, r"sources.photos.limt: .*known here: .*path"),
    (("sources", "photos", "layout"), {"rael": "x"}, errors.UnknownKeyError, r"layout.rael: .*known here: real, fake"),
    (("resize", "mode"), "stretch", errors.ParamsError, r"resize.mode: should be 'squash', 'centre-crop' or 'pad'"),
    (("resize", "equalise"), {"quality": 0}, errors.ParamsError, r"resize.equalise.quality: .* not 0"),
    (("collect", "contact"), "Łukasz <l@example.org>", errors.ParamsError, r"contact: should be one line"),
    (("collect", "contact"), "me@example.org\nX-Evil: 1", errors.ParamsError, r"contact: should be one line"),
    (("seed",), "many", errors.WrongTypeError, r"seed: should be a valid integer, not 'many'"),
    (("resize", "sizes"), 36, errors.WrongTypeError, r"resize.sizes: should be a valid list, not 36"),
    (("sources", "photos"), "photos/", errors.WrongTypeError, r"sources.photos: must map keys to values"),
    (("sources", "photos", "path"), 7, errors.WrongTypeError, r"sources.photos.path"),
    (
        ("sources", "photos", "collector"),
        "bing",
        errors.UnknownCollectorError,
        r"collector 'bing'; known: google_images",
    ),
    (("sources", "photos", "collector"), ["x"], errors.UnknownCollectorError, r"unknown collector \['x'\]"),
    (("sources", "fakes", "label"), "REAL", errors.MissingClassError, r"no source of class FAKE"),
    (("sources", "photos", "label"), "FAKE", errors.MissingClassError, r"no source of class REAL"),
    (("sources", "photos", "label"), "real", errors.ParamsError, r"label: should be 'REAL' or 'FAKE', not 'real'"),
    (("internet",), "dark", errors.ParamsError, r"internet: should be 'sandbox' or 'live', not 'dark'"),
    (("deduplicate", "max_distance"), 99, errors.ParamsError, r"less than or equal to 10, not 99"),
    (("recipes",), [], errors.ParamsError, r"recipes: .*at least 1 item"),
    (("recipes",), ["tiny", "absent"], errors.PathMissingError, r"recipes/absent.yaml: no such recipe; .*: tiny"),
    (("recipes",), ["../tiny"], errors.ParamsError, r"'\.\./tiny' cannot be a name"),
    (("sources", "Photos; rm -rf"), {"collector": "folder", "path": "x"}, errors.ParamsError, r"cannot be a name"),
    (("recipes",), None, errors.ParamsError, r"recipes: is missing"),
    (
        ("sources", "photos"),
        {"collector": "folder", "paht": "photos", "label": "REAL"},
        errors.UnknownKeyError,
        r"params.yaml: sources.photos.paht: unknown key; did you mean path\? known here: .*",
    ),
    (
        ("sources", "photos"),
        {"colector": "folder", "path": "photos"},
        errors.UnknownKeyError,
        r"sources.photos.colector: unknown key; did you mean collector\?",
    ),
    (
        ("sources", "photos"),
        {"path": "x"},
        errors.ParamsError,
        r"sources.photos.collector: is missing; known: google_",
    ),
    (
        ("sources", "photos", "collector"),
        "foldr",
        errors.UnknownCollectorError,
        r"'foldr'; did you mean folder\? known",
    ),
]


@pytest.mark.parametrize(("keys", "value", "error", "message"), WRONG)
def test_wrong_params_give_one_clear_line(project, keys, value, error, message):
    change(project, "params.yaml", *keys, value=value)
    with pytest.raises(error, match=message) as caught:
        load_params(project)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "seed: [", "\x00", "seed: 1\n\tseed: 2", "seed: 1\nseed: 2"])
def test_files_that_are_no_params(project, text):
    (project / "params.yaml").write_text(text)
    with pytest.raises(errors.ParamsError) as caught:
        load_params(project)
    assert "\n" not in str(caught.value)


RECIPE_WRONG = [
    (
        ("trian",),
        {},
        errors.UnknownKeyError,
        r"recipes/tiny.yaml: trian: unknown key; did you mean train\? known here: .*train",
    ),
    (("train", "epochs"), "ten", errors.WrongTypeError, r"train.epochs"),
    (
        ("model", "name"),
        "resnet",
        errors.ParamsError,
        r"model.name: unknown model 'resnet'; known: four_",
    ),
    (("split", "val"), 0.9, errors.ParamsError, r"split: `val` and `test` should leave something to train on"),
    (("split", "strategy"), "counts", errors.ParamsError, r"`counts: .*` should stand together"),
    (("split", "counts"), {"train": 9, "val": 1, "test": 1}, errors.ParamsError, r"should stand together"),
    (
        ("split", "holdout"),
        {"sources": ["photo"]},
        errors.ParamsError,
        r"no source 'photo'; did you mean photos\? known: photos, fakes",
    ),
    (("split", "holdout"), {"source": ["photos"]}, errors.UnknownKeyError, r"holdout.source: .*: sources, generators"),
    (("size",), 17, errors.ParamsError, r"size: 17 is not made; add it to `resize.sizes` in params.yaml"),
    (("sources",), ["photos"], errors.MissingClassError, r"no source of class FAKE"),
    (
        ("sources",),
        ["photos", "nowhere"],
        errors.ParamsError,
        r"recipes/tiny.yaml: sources: no source 'nowhere'; known: ",
    ),
    (
        ("sources",),
        ["photos", "fake"],
        errors.ParamsError,
        r"no source 'fake'; did you mean fakes\? known: photos, fakes",
    ),
    (
        ("split", "holdout"),
        {"sources": ["fakes"]},
        errors.MissingClassError,
        r"split.holdout.sources: no source of class FAKE",
    ),
]


@pytest.mark.parametrize(("keys", "value", "error", "message"), RECIPE_WRONG)
def test_wrong_recipes_give_one_clear_line(project, keys, value, error, message):
    change(project, "recipes/tiny.yaml", *keys, value=value)
    with pytest.raises(error, match=message):
        load_recipe(Paths(project), load_params(project), "tiny")


def test_an_unknown_recipe_names_the_known_ones(project):
    with pytest.raises(errors.ParamsError, match="no recipe 'big'; known: tiny"):
        load_recipe(Paths(project), load_params(project), "big")


def test_a_recipe_keeps_the_order_of_params(project):
    change(project, "recipes/tiny.yaml", "sources", value=["fakes", "photos"])
    params = load_params(project)
    assert sources_of(load_recipe(Paths(project), params, "tiny"), params) == ["photos", "fakes"]


def test_the_root_is_found_from_below(project):
    deep = project / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == project


def test_outside_a_project_the_error_says_so(tmp_path):
    with pytest.raises(errors.PathMissingError, match="run this inside a Touchstone project"):
        find_root(tmp_path)


def test_the_projects_own_params_and_recipes_are_right():
    root = find_root()
    params = load_params(root)
    for recipe in params.recipes:
        assert load_recipe(Paths(root), params, recipe).description


def test_every_branch_of_the_error_tree_has_its_own_exit_code():
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.TouchstoneError)]
    codes = {c.__name__: c.exit_code for c in classes}
    assert len(set(codes.values())) == len(codes)
    for name, code in codes.items():
        assert f"{name} " in errors.__doc__
        assert str(code) in errors.__doc__.split()
