"""A tiny project, built up to the model and its report once for all tests that only look at it."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from pipeline.records.record import Rejection
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label
from tests.factories import build, encode, make_image, make_record, run_stage, write_collected, write_project
from tests.sharing import make_once

#: What a page may call itself when it wants to get into ours.
HOSTILE = '"><script>alert(1)</script>'


def picture(number, label):
    """Photographs are dark and fakes are bright, so that a tiny network learns the difference in no time."""
    pixels = np.asarray(make_image(number), dtype=np.float64) * 0.5
    return Image.fromarray((pixels + 120 * label).astype(np.uint8))


def list_records(source, label, base):
    pictures = [encode(picture(base + number, label)) for number in range(90)]
    pictures[10] = pictures[10][:-100]
    pictures[11] = encode(Image.new("RGB", (64, 48), "grey"))
    pictures[12] = encode(Image.open(io.BytesIO(pictures[13])), quality=50)
    for rank, data in enumerate(pictures):
        official = "test" if rank % 9 == 0 else None
        page = f"javascript:alert('{HOSTILE}')" if rank % 2 else f"https://example.org/{rank}?q={HOSTILE}"
        yield make_record(source, rank, data, label, page_url=page, official_split=official)
    yield Rejection(source, len(pictures), "http-404", None, "https://example.org/gone.jpg", "404")


def make_project(root):
    """Write a project and build all that training needs."""
    paths = write_project(root)
    recipe = paths.recipe("tiny")
    text = recipe.read_text().replace("epochs: 1", "epochs: 4").replace("learning_rate: 0.001", "learning_rate: 0.01")
    recipe.write_text(text.replace("average: 0.0", "average: 0.1"))
    write_collected(paths, "photos", list_records("photos", Label.REAL, 0))
    write_collected(paths, "fakes", list_records("fakes", Label.FAKE, 10_000))
    with pytest.MonkeyPatch.context() as patch:
        build(patch, root, until="audit")


def train_project(root):
    """Do as ``make_project``, then train and evaluate."""
    make_project(root)
    with pytest.MonkeyPatch.context() as patch:
        run_stage(patch, root, "train", "tiny")
        run_stage(patch, root, "evaluate", "tiny")


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A project whose recipe ``tiny`` is trained and evaluated: its ``paths`` and ``results``. Not to be changed."""
    paths = Paths(make_once(tmp_path_factory, "trained", train_project))
    return SimpleNamespace(paths=paths, results=paths.results("tiny"))
