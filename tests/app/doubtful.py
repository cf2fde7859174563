"""A project in which something is in doubt: the trained one, and some pictures more."""

import shutil

import pyarrow.parquet as pq
import pytest
from PIL import PngImagePlugin

from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label
from pipeline.storage.tables import write_table
from tests.factories import encode, make_image, make_record, run_stage, write_collected
from tests.pipeline.conftest import list_records

#: Ranks of what is added to both sources.
MORE = range(100, 104)


#: A key of a text, as a stranger may choose it.
KEY = "![x](http://127.0.0.1:9/leak.png)"


def _generated(image, key="parameters"):
    settings = PngImagePlugin.PngInfo()
    settings.add_text(key, "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Model hash: abc")
    return encode(image, "PNG", pnginfo=settings)


def _doubt(paths, scores):
    """Let a detector be undecided (None), or give another score, on a test picture of a label, and official or not."""
    table = pq.read_table(paths.scores("tiny"))
    official = {
        row["id"] for row in pq.read_table(paths.split("tiny") / "test.parquet").to_pylist() if row["official_split"]
    }
    rows = table.to_pylist()
    for (label, is_official), score in scores.items():
        fitting = (row for row in rows if row["label"] == label and (row["id"] in official) == is_official)
        row = next(fitting)
        row["score"] = row["threshold"] + 0.01 if score is None else score
    write_table(paths.scores("tiny"), rows, table.schema)


def add_doubtful(trained, root):
    """Copy a trained project, and let its sources find more.

    Two photographs say that they were generated; a picture is REAL and FAKE in two qualities, another one in the same
    bytes. The detector is wrong and sure of a photograph, and undecided on a fake of an official test.
    """
    shutil.copytree(trained.root, root, symlinks=True)
    paths = Paths(root)
    shared = [encode(make_image(901), quality=90), encode(make_image(902))]
    more = {
        "photos": [_generated(make_image(903)), _generated(make_image(904), KEY), *shared],
        "fakes": [encode(make_image(905)), encode(make_image(906)), encode(make_image(901), quality=60), shared[1]],
    }
    with pytest.MonkeyPatch.context() as patch:
        for source, label, base in (("photos", Label.REAL, 0), ("fakes", Label.FAKE, 10_000)):
            extra = [make_record(source, rank, data, label) for rank, data in zip(MORE, more[source], strict=True)]
            write_collected(paths, source, [*list_records(source, label, base), *extra])
            run_stage(patch, root, "screen", source)
        run_stage(patch, root, "deduplicate")
    _doubt(paths, {(Label.REAL, False): 0.97, (Label.FAKE, True): None})
    return paths
