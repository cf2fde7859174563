"""A small project as a user has it: in git and DVC, built to its report, with pictures of every fate."""

import io
import os
from datetime import UTC, datetime

import numpy as np
import pytest
import yaml
from PIL import Image

from pipeline.records.record import Candidate, Http, Record, reject
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label
from tests.factories import build, encode, make_image, run_stage, write_collected, write_project
from tests.test_build import ENVIRONMENT, copy_project, run

SOURCES = ("photos", "fakes")
TWIN = 3

#: What a recipe says of the smallest network, which learns what ``picture`` paints in five steps: what takes long in a
#: small build is tracing layers.
NETWORK = {
    "model": {"name": "stack", "layers": [{"layer": "conv", "filters": 4}, {"layer": "global_pool"}]},
    "train": {"learning_rate": 0.3},
}

IDENTITY = {
    f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "t"), ("EMAIL", "t@t"))
}


def picture(number, label):
    """Photographs are dark and fakes are bright."""
    pixels = np.asarray(make_image(number + 10_000 * label), dtype=np.float64) * 0.5
    return Image.fromarray((pixels + 120 * label).astype(np.uint8))


def address(source, rank):
    return f"https://{source}.example.org/{rank}.jpg"


def licence(rank):
    """Most pictures may be passed on, some only unchanged, and of some it is not known."""
    return {2: "CC BY-ND 4.0", 3: None}.get(rank % 7, "CC0-1.0")


def record(source, rank, data, label):
    """A record as from the web; the one with the number TWIN has a twin in the other source."""
    url = address(source, rank)
    candidate = Candidate(
        source, rank, label, "folder", url, query=source, page_url=f"https://{source}.example.org/page/{rank}",
        title=f"number {rank}", license=licence(rank), pair="twins" if rank == TWIN else None,
        official_split="test" if rank % 9 == 5 else None,
    )  # fmt: skip
    return Record(candidate, data, datetime(2026, 1, 1, tzinfo=UTC), Http(200, "image/jpeg", f'"{rank}"', url))


def results(source, label, each=44):
    """Pictures of a source: ``each`` distinct ones, then three more of number TWIN, one that is blank, one cut off."""
    pictures = [encode(picture(number, label)) for number in range(each)]
    twin = Image.open(io.BytesIO(pictures[TWIN]))
    pictures += [pictures[TWIN], encode(twin, "PNG"), encode(twin, quality=60)]
    pictures += [encode(Image.new("RGB", (64, 48), "grey")), pictures[7][:-100]]
    yield from (record(source, rank, data, label) for rank, data in enumerate(pictures))
    gone = Candidate(source, len(pictures), label, "folder", address(source, "gone"))
    yield reject(gone, "not-found", "404")


def commit(root, message):
    run(root, "git", "add", "-A")
    run(root, "git", "commit", "-qm", message)


def write_tiny_project(root):
    """Make params and recipe of a copy of this project those of a tiny one; what that does not say stays."""
    files = [root / "params.yaml", root / "recipes" / "four_layer_cnn.yaml"]
    whole = [yaml.safe_load(file.read_text()) for file in files]
    paths = write_project(root)
    for before, file in zip(whole, (files[0], paths.recipe("tiny")), strict=True):
        tiny = yaml.safe_load(file.read_text())
        sections = {key for key, value in tiny.items() if isinstance(value, dict)} - {"sources"}
        merged = before | tiny | {key: before[key] | tiny[key] for key in sections}
        if "model" in merged:
            merged |= {"model": NETWORK["model"], "train": merged["train"] | NETWORK["train"]}
        file.write_text(yaml.safe_dump(merged, sort_keys=False))
    return paths


def use_identity():
    """Let git know who commits, in this process and those that it starts."""
    os.environ.update(IDENTITY)
    ENVIRONMENT.update(IDENTITY)


def build_project(root):
    """Build the project at ``root`` and commit it; its sources are what ``results`` gives.

    The stages run in this process, for each process of its own would import TensorFlow or scikit-learn anew; DVC is
    told afterwards. That it runs them itself, ``tests/test_build.py`` and ``test_forget.py`` see.
    """
    use_identity()
    copy_project(root)
    paths = write_tiny_project(root)
    for source, label in zip(SOURCES, Label, strict=True):
        (root / source).mkdir(exist_ok=True)
        write_collected(paths, source, results(source, label))
    with pytest.MonkeyPatch.context() as patch:
        run_stage(patch, root, "sources")
        build(patch, root, until="audit", sources=SOURCES)
        for stage in ("train", "evaluate", "card"):
            run_stage(patch, root, stage, "tiny")
        run_stage(patch, root, "compare")
    run(root, "dvc", "commit", "--quiet", "--force")
    commit(root, "built")
    return Paths(root)
