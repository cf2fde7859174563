"""Every state that a column of the audit can be in, and projects of one format, built to the end."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pipeline.audit import audit_attributes, audit_together, list_telling
from pipeline.auditing.advice import PATHWAYS, close_with_remedy
from pipeline.auditing.attribute_scores import UNKNOWN, measure_tell
from pipeline.auditing.attributes import ATTRIBUTES
from pipeline.auditing.audit_settings import DEFAULT_GATE
from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.storage.labels import Label
from tests.factories import build, encode, make_image, make_record, run_stage, write_collected, write_project
from tests.pipeline.test_audit import table

NUMERIC = {"width", "height", "bytes", "jpeg_quality", "aspect", "bytes_per_pixel", "name_number"}


def missing(label, numeric):
    return np.full(len(label), np.nan) if numeric else np.full(len(label), None, dtype=object)


def values(label, numeric):
    return np.arange(len(label)) % 7 * 1.0 if numeric else np.array([f"v{n % 7}" for n in range(len(label))])


#: What a column may hold, by the labels of its rows; and whether that tells the label.
STATES = {
    "missing": (missing, False),
    "constant": (lambda label, numeric: np.full(len(label), 3.0 if numeric else "x"), False),
    "unrelated": (lambda label, numeric: values(np.repeat(label, 1), numeric)[np.arange(len(label)) // 2], False),
    "missing in one class": (lambda label, numeric: np.where(label == 1, missing(label, numeric), 3.0), True),
    "one value each": (lambda label, numeric: np.where(label == 1, *((1.0, 2.0) if numeric else ("a", "b"))), True),
    "all different": (lambda label, numeric: np.arange(len(label)) * 1.0 if numeric else values(label, False), None),
}


def hold(rows, attribute, state):
    make, _ = STATES[state]
    held = pd.Series(make(rows["label"].to_numpy(), attribute in NUMERIC), index=rows.index)
    return rows.assign(**{attribute: held})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_every_state_of_every_column_is_measured(attribute, state):
    rows = hold(table(120), attribute, state)
    found = audit_attributes(rows, set(), DEFAULT_GATE, 1)
    tells = STATES[state][1]
    assert tells is None or (attribute in list_telling(found)) == tells
    tell = found["attributes"][attribute]
    assert 0 <= tell["low"] <= tell["auc"] <= tell["high"] <= 1


@pytest.mark.parametrize("state", STATES)
def test_trees_take_columns_of_every_state(state):
    rows = table(80)
    for attribute in ATTRIBUTES:
        rows = hold(rows, attribute, state)
    together = audit_together(rows, set(), 1)
    tells = STATES[state][1]
    assert tells is None or (together["low"] > DEFAULT_GATE) == tells


def test_where_only_one_fold_has_a_value_the_trees_go_on():
    rows = table(60)
    rows["jpeg_quality"] = np.where(rows["group"] == "g7", 75.0, np.nan)
    assert 0 <= audit_together(rows, set(), 1)["auc"] <= 1


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_few_pictures_raise_no_alarm_however_well_they_are_told(count):
    rows = table(count).assign(format=np.where(np.arange(count) % 2, "PNG", "JPEG"))
    assert list_telling(audit_attributes(rows, set(), DEFAULT_GATE, 1)) == []
    assert 0 <= audit_together(rows, set(), 1)["auc"] <= 1


def test_of_one_class_alone_nothing_is_known():
    rows = table(40).assign(label=np.int8(0))
    assert measure_tell(rows["label"].to_numpy(), rows["width"].to_numpy(float)) == UNKNOWN
    assert list_telling(audit_attributes(rows, set(), DEFAULT_GATE, 1)) == []


def test_metadata_has_no_pathway_into_the_pixels():
    exif = Image.Exif()
    exif[271] = "Canon"
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    files = [encode(make_image(1), **options) for options in ({}, {"exif": exif}, {"xmp": xmp})]
    plain, *others = [np.asarray(to_rgb(open_picture(file, 10**6))) for file in files]
    assert all((plain == other).all() for other in others)
    assert PATHWAYS.keys() == set(ATTRIBUTES)
    assert {name for name, ways in PATHWAYS.items() if not ways} >= {"has_exif", "has_xmp", "source", "name_shape"}


KINDS = {
    "all PNG": lambda _: ("PNG", {}),
    "all WebP": lambda _: ("WEBP", {"quality": 80}),
    "mixed": lambda number: [("PNG", {}), ("WEBP", {"quality": 80}), ("JPEG", {"quality": 80})][number % 3],
}


def collect(paths, kinds, each=(20, 20)):
    for label, source, base, count in zip(Label, ("photos", "fakes"), (0, 10_000), each, strict=True):
        kind_of = kinds[label]
        records = []
        for number in range(count):
            kind, options = kind_of(number)
            records.append(make_record(source, number, encode(make_image(base + number), kind, **options), label))
        write_collected(paths, source, records)


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_of_any_formats_builds_to_the_end(tmp_path, monkeypatch, kind):
    paths = write_project(tmp_path, copies=0)
    collect(paths, [KINDS[kind]] * 2)
    build(monkeypatch, tmp_path, "audit")
    found = json.loads((paths.results("tiny") / "audit.json").read_text())
    assert found["attributes"].keys() == set(ATTRIBUTES)
    assert "format" not in found["alarms"]
    for stage in ("train", "evaluate", "card"):
        run_stage(monkeypatch, tmp_path, stage, "tiny")
    run_stage(monkeypatch, tmp_path, "compare")
    for name in ("model.keras", "metrics.json", "report.html", "model_card.md"):
        assert (paths.results("tiny") / name).stat().st_size > 100, name


def test_the_alarm_comes_with_settings_to_paste_and_they_work(tmp_path, monkeypatch, capsys):
    """JPEG with EXIF against PNG and WebP: the remedy as it is written, and equal formats, then a second audit."""
    paths = write_project(tmp_path, size=32, copies=0)
    exif = Image.Exif()
    exif[271] = "Canon"
    fakes = [("PNG", {}), ("WEBP", {"quality": 90})]
    collect(paths, [lambda _: ("JPEG", {"quality": 75, "exif": exif}), lambda n: fakes[n % 2]], (60, 60))
    build(monkeypatch, tmp_path, "audit")
    before = json.loads((paths.results("tiny") / "audit.json").read_text())
    section = "resize: {sizes: [32], filter: lanczos, equalise: {quality: 75, subsampling: '4:2:0'}}"
    assert set(before["alarms"]) >= {"format", "jpeg_quality"}
    assert before["remedies"]["format"]["low"] > 0.9
    assert before["remedy"]["paste"] == {"params.yaml": [section]}
    assert set(before["rested"]) == {"has_exif", "source"}
    printed = capsys.readouterr().out
    assert printed.endswith("\n".join(f"  {line}" for line in close_with_remedy("tiny", before)) + "\n")
    assert f"    {section}\n  then: dvc repro\n" in printed

    params = paths.root / "params.yaml"
    lines = [section if line.startswith("resize:") else line for line in params.read_text().splitlines()]
    params.write_text("\n".join(lines))
    collect(paths, [lambda _: ("JPEG", {"quality": 75})] * 2, (60, 60))
    build(monkeypatch, tmp_path, "audit")
    after = json.loads((paths.results("tiny") / "audit.json").read_text())
    assert after["alarms"] == {}
    assert set(after["rested"]) == {"source"}
    assert close_with_remedy("tiny", after) == []
