import json

import numpy as np
import pandas as pd
import pytest

from pipeline.audit import audit
from pipeline.parts.labels import Label
from tests.factories import build, collect_two_classes, encode, make_image, make_record, write_collected, write_project


def table(count=2000, **planted):
    rng = np.random.default_rng(1)
    rows = {
        "label": np.arange(count, dtype=np.int8) % 2,
        "group": [f"g{i}" for i in range(count)],
        "format": "JPEG",
        "mode": "RGB",
        "width": rng.integers(100, 400, count),
        "height": rng.integers(100, 400, count),
        "bytes": rng.integers(5_000, 90_000, count),
        "has_exif": rng.random(count) < 0.3,
        "has_icc": False,
        "has_xmp": False,
        "jpeg_quality": rng.choice([75, 85, 95], count),
        "jpeg_tables": rng.choice([f"t{i}" for i in range(500)], count),
        "jpeg_subsampling": "4:2:0",
    }
    return pd.DataFrame(rows | planted)


def test_a_clean_set_raises_no_alarm():
    found = audit(table(), 1)["auc"]
    assert max(found.values()) < 0.55
    assert found["format"] == 0.5


@pytest.mark.parametrize(
    ("attribute", "tell"),
    [
        ("format", lambda label: np.where(label == 1, "PNG", "JPEG")),
        ("jpeg_quality", lambda label: np.where(label == 1, 90, 75)),
        ("has_exif", lambda label: label == 0),
        ("width", lambda label: np.where(label == 1, 512, 300 + np.arange(len(label)) % 40)),
        ("jpeg_subsampling", lambda label: np.where(label == 1, None, "4:4:4")),
    ],
)
def test_a_planted_shortcut_comes_first(attribute, tell):
    clean = table()
    found = audit(clean.assign(**{attribute: tell(clean["label"].to_numpy())}), 1)["auc"]
    assert next(iter(found)) == attribute
    assert found[attribute] > 0.97


def test_the_stage_finds_a_shortcut_in_real_files(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    collect_two_classes(paths, 60)
    fakes = [make_record("fakes", i, encode(make_image(10_000 + i), "PNG"), Label.FAKE) for i in range(60)]
    write_collected(paths, "fakes", fakes)
    build(monkeypatch, tmp_path, "audit")
    found = json.loads((paths.results("tiny") / "audit.json").read_text())
    assert found["auc"]["format"] > 0.97
    assert found["auc"]["width"] == 0.5
