"""What CONTRIBUTING tells to do is done, word for word, in a copy of the repository, and built to its cards."""

import ast
import json
import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

from tests.code_graph import NEUTRAL, CodeGraph
from tests.factories import RECIPE, make_image
from tests.test_build import ROOT, copy_project, run
from tests.test_docs import blocks

#: `# PATH` or `# PATH: NAME` stands above each piece of code that CONTRIBUTING tells to add.
PLACE = re.compile(r"# ([\w/]+\.py)(?:: (\w+))?\n")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
#: Runs stages in one process: starting TensorFlow and the like for each would take most of the time.
BUILD = """
import importlib, sys
for stage, *names in map(str.split, sys.argv[1:]):
    sys.argv = [stage, *names]
    importlib.import_module(f"pipeline.{stage}").main()
"""
BOTH, TINY = ["photos", "fakes"], ["tiny"]
STAGES = [
    ("sources", [""]), ("collect", BOTH), ("screen", BOTH), ("deduplicate", [""]), ("resize", BOTH), ("split", TINY),
    ("augment", TINY), ("audit", TINY), ("train", TINY), ("evaluate", TINY), ("card", TINY),
]  # fmt: skip

EACH = 24
DARK = 3


def additions(text=GUIDE):
    """The pieces of code to add: (path, the name that each belongs into or None, code)."""
    found = [(PLACE.match(block), block) for language in ("python", "text") for block in blocks(text, language)]
    return [(match[1], match[2], block[match.end() :].rstrip()) for match, block in found if match]


def section(title):
    return GUIDE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def add(root, path, name, code):
    """Add code to a file: as a new one, among its imports, at its end, or at the end of what has a name in it."""
    file = root / path
    if not file.exists():
        file.write_text(code + "\n", encoding="utf-8")
        return
    lines = file.read_text(encoding="utf-8").splitlines()
    body = ast.parse("\n".join(lines)).body
    if name:
        insert(lines, next(node for node in body if name in names_of(node)), code)
    elif code.startswith("from "):
        lines.insert(next(node.lineno for node in body if isinstance(node, ast.ImportFrom)) - 1, code)
    else:
        lines += ["", "", code]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def names_of(node):
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return {getattr(node, "name", None), *(getattr(target, "id", None) for target in targets)}


def insert(lines, node, code):
    if isinstance(node, ast.ClassDef):
        last = [each for each in node.body if isinstance(each, ast.AnnAssign)][-1]
        lines.insert(last.end_lineno, textwrap.indent(code, "    "))
        return
    value = node.body[-1].value if isinstance(node, ast.FunctionDef) else node.value
    row, column = value.end_lineno - 1, value.end_col_offset - 1  # Of the closing bracket.
    before = lines[row][:column].rstrip()
    comma = "" if not before or before.endswith(",") else ","
    lines[row] = f"{before}{comma}\n{code},\n{lines[row][column:]}"


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A project made only of PNGs, with all that CONTRIBUTING adds for example, built to its cards."""
    root = tmp_path_factory.mktemp("extended")
    copy_project(root)
    for place in additions():
        add(root, *place)
    write_pictures(root)
    params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    params |= {"recipes": ["tiny"], "sources": {
        "photos": {"collector": "array", "path": "photos.npy", "label": "REAL"},
        "fakes": {"collector": "folder", "path": "fakes", "label": "FAKE"},
    }}  # fmt: skip
    params["resize"]["sizes"] = [16]
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    layers = [{"layer": "conv", "filters": 2}, {"layer": "spatial_dropout", "rate": 0.1}, {"layer": "global_pool"}]
    recipe = yaml.safe_load(RECIPE.format(size=16, copies=1)) | {"model": {"name": "stack", "layers": layers}}
    recipe["augment"]["invert"] = 0.5
    (root / "recipes" / "tiny.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    run(root, sys.executable, "-c", BUILD, *(f"{stage} {name}".strip() for stage, names in STAGES for name in names))
    return root


def write_pictures(root):
    (root / "fakes").mkdir()
    for number in range(EACH):
        make_image(10_000 + number, 48, 48).save(root / "fakes" / f"{number}.png")
    photos = [make_image(number, 48, 48) for number in range(EACH)]
    photos[:DARK] = [Image.eval(picture, lambda value: value // 8) for picture in photos[:DARK]]
    np.save(root / "photos.npy", np.stack([np.asarray(picture) for picture in photos]))


@pytest.mark.parametrize(
    ("title", "besides", "most"),
    [("Adding a collector", {"docs/collecting.md"}, 3), ("Adding a screen", {"params.yaml"}, 4)],
)
def test_what_is_added_touches_few_files(title, besides, most):
    code = {path for path, _, _ in additions(section(title))}
    assert all(f"`{name}`" in section(title) for name in besides)
    assert len(code) >= 2
    assert len(code | besides) <= most


def test_a_collector_that_is_added_reaches_the_cards(extended):
    card = (extended / "datasets" / "cards" / "tiny.md").read_text(encoding="utf-8")
    assert "| photos | array | photos.npy | REAL |" in card
    described = json.loads((extended / "datasets" / "tiny.croissant.json").read_text(encoding="utf-8"))
    assert "photos: the pictures in a NumPy array on disk, asked for photos.npy" in described["rai:dataCollection"]


def test_a_screen_that_is_added_drops_pictures_and_is_explained(extended):
    rejected = pq.read_table(extended / "datasets" / "screened" / "photos" / "rejected.parquet").to_pylist()
    assert [(row["rank"], row["reason"]) for row in rejected] == [(rank, "too-dark") for rank in range(DARK)]
    report = (extended / "results" / "tiny" / "report.html").read_text(encoding="utf-8")
    assert "so dark that nothing can be seen" in report


def test_a_change_that_is_added_is_a_column_and_changes_pixels(extended):
    folder = extended / "datasets" / "augmented" / "tiny"
    index, pixels = pq.read_table(folder / "index.parquet").to_pandas(), np.load(folder / "pixels.npy")
    assert set(index["inverted"][index["copy"] == 1]) == {True, False}
    assert not index["inverted"][index["copy"] == 0].any()
    means = pixels.mean(axis=(1, 2, 3))
    # A negative of a picture is as bright as it is dark.
    for row in np.flatnonzero(index["inverted"]):
        assert abs(means[row] + means[row - 1] - 255) < 40


def test_a_layer_that_is_added_is_trained(extended):
    provenance = extended / "results" / "tiny" / "model_card.md"
    assert "spatial_dropout" in provenance.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("stage", "file"),
    [
        ("screen", "pipeline/screens/too_dark.py"),
        ("augment", "pipeline/changes/invert.py"),
        ("train", "pipeline/changes/invert.py"),
    ],
)
def test_what_is_added_is_among_the_deps_of_its_stages(extended, stage, file):
    graph = CodeGraph(extended)
    assert Path(file) in graph.needs({f"pipeline.{stage}"}, NEUTRAL)
    assert stage in graph.stale_after(Path(file))


def test_what_is_added_closes_no_circle_of_rooms(extended):
    assert not CodeGraph(extended).arrows_up()
