import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from pipeline.audit import audit_attributes, audit_pixels, audit_together, list_telling
from pipeline.auditing.attribute_scores import measure_tell
from pipeline.auditing.attributes import ATTRIBUTES
from pipeline.auditing.audit_settings import DEFAULT_GATE
from pipeline.runtime.errors import ShortcutError
from pipeline.storage.labels import Label
from tests.factories import build, encode, make_image, make_record, run_stage, write_collected, write_project


def table(count=1000, seed=1, **planted):
    """Files whose attributes have nothing to do with their label."""
    rng = np.random.default_rng(seed)
    width, height, size = rng.integers(100, 400, count), rng.integers(100, 400, count), rng.integers(5e3, 9e4, count)
    rows = {
        "source": rng.choice(["a", "b", "c"], count),
        "rank": np.arange(count),
        "label": np.arange(count, dtype=np.int8) % 2,
        "group": [f"g{i}" for i in range(count)],
        "format": rng.choice(["JPEG", "PNG", "WEBP"], count, p=[0.8, 0.1, 0.1]),
        "mode": "RGB",
        "width": width,
        "height": height,
        "bytes": size,
        "has_exif": rng.random(count) < 0.3,
        "has_icc": rng.random(count) < 0.1,
        "has_xmp": False,
        "jpeg_quality": rng.choice([75, 85, 95], count),
        "jpeg_tables": rng.choice([f"t{i}" for i in range(500)], count),
        "jpeg_subsampling": rng.choice(["4:2:0", "4:4:4"], count),
        "aspect": width / height,
        "bytes_per_pixel": size / (width * height),
        "name_shape": rng.choice(["A_9999.a", "a-99.a", "9.a"], count),
        "name_number": rng.integers(0, 9999, count).astype(float),
        "host": rng.choice([f"h{i}.example" for i in range(40)], count),
        "fetched_month": rng.choice(["2026-10", "2026-11"], count),
    }
    return pd.DataFrame(rows | planted)


def smooth(labels, seed=1):
    """Pixels that tell nothing: blurred noise with a grain of its own, uint8, (n, 16, 16, 3)."""
    random = np.random.default_rng(seed)
    coarse = random.integers(60, 160, (len(labels), 4, 4, 3)).repeat(4, axis=1).repeat(4, axis=2)
    grain = random.normal(0, 1, (len(labels), 16, 16, 3)) * random.uniform(2, 3, (len(labels), 1, 1, 1))
    return (coarse + grain).astype(np.uint8)


def test_the_interval_is_round_what_scikit_learn_says():
    rng = np.random.default_rng(0)
    labels = (np.arange(400) % 3 == 0).astype(np.int8)
    scores = rng.normal(labels, 1.0).round(1)
    tell = measure_tell(labels, scores)
    assert tell.auc == pytest.approx(roc_auc_score(labels, scores))
    assert tell.low < tell.auc < tell.high


def test_the_interval_holds_the_truth_as_often_as_it_says():
    # Two normal distributions one deviation apart: AUC = Phi(1 / sqrt 2).
    labels = (np.arange(300) % 2).astype(np.int8)
    tells = [measure_tell(labels, np.random.default_rng(seed).normal(labels, 1.0)) for seed in range(400)]
    inside = np.mean([tell.low <= 0.76025 <= tell.high for tell in tells])
    assert 0.92 <= inside <= 0.98


def test_a_clean_set_raises_an_alarm_in_at_most_5_draws_of_100():
    raised = [bool(list_telling(audit_attributes(table(200, seed), set(), DEFAULT_GATE, seed))) for seed in range(100)]
    assert sum(raised) <= 5


@pytest.mark.parametrize(
    ("attribute", "tell"),
    [
        ("format", lambda label: np.where(label == 1, "PNG", "JPEG")),
        ("jpeg_quality", lambda label: np.where(label == 1, 90, 75)),
        ("has_exif", lambda label: label == 0),
        ("width", lambda label: np.where(label == 1, 512, 300 + np.arange(len(label)) % 40)),
        ("jpeg_subsampling", lambda label: np.where(label == 1, None, "4:4:4")),
        ("name_shape", lambda label: np.where(label == 1, "9 (99).a", "0999 (99).a")),
        ("host", lambda label: np.where(label == 1, "images.example", "photos.example")),
        ("fetched_month", lambda label: np.where(label == 1, "2026-11", "2026-10")),
    ],
)
def test_a_planted_shortcut_comes_first_and_has_advice(attribute, tell):
    clean = table()
    found = audit_attributes(clean.assign(**{attribute: tell(clean["label"].to_numpy())}), set(), DEFAULT_GATE, 1)
    assert next(iter(found["attributes"])) == attribute
    assert found["attributes"][attribute]["auc"] > 0.97
    assert list_telling(found) == [attribute]


def test_two_attributes_that_tell_only_together_are_found_by_the_trees():
    rows = table(2000)
    rows = rows.assign(has_exif=rows["width"] > 250, has_icc=(rows["width"] > 250) != (rows["label"] == 1))
    assert list_telling(audit_attributes(rows, set(), DEFAULT_GATE, 1)) == []
    assert audit_together(rows, set(), 1)["low"] > 0.95


def test_what_is_ignored_is_measured_but_raises_no_alarm():
    rows = table()
    found = audit_attributes(rows.assign(host=rows["label"].astype(str)), {"host"}, DEFAULT_GATE, 1)
    assert found["attributes"]["host"]["auc"] == 1.0
    assert list_telling(found) == []
    assert audit_together(rows.assign(host=rows["label"].astype(str)), {"host"}, 1)["auc"] < DEFAULT_GATE


def plant_cast(pixels, fake):
    return pixels + np.uint8([60, 0, 0]) * fake


def plant_border_pixel(pixels, fake):
    place = np.arange(16 * 16).reshape(1, 16, 16, 1) == 5
    return np.where(place & (fake == 1), 255, pixels).astype(np.uint8)


PIXEL_PLANTS = {"mean_colour": plant_cast, "border": plant_border_pixel}


@pytest.mark.parametrize("probe", PIXEL_PLANTS)
def test_a_shortcut_planted_in_the_pixels_is_named_first(probe):
    rows = table(600)
    fake = rows["label"].to_numpy().reshape(-1, 1, 1, 1).astype(np.uint8)
    found = audit_pixels([PIXEL_PLANTS[probe](smooth(rows["label"]), fake)], rows, 1)
    assert next(iter(found)) == probe
    assert found[probe]["auc"] > 0.95


def test_pixels_that_tell_nothing_pass():
    rows = table(600)
    found = audit_pixels([smooth(rows["label"])], rows, 1)
    assert max(tell["low"] for tell in found.values()) < DEFAULT_GATE


def test_however_many_pixels_are_looked_at_together_they_tell_the_same():
    rows = table(60)
    pixels = smooth(rows["label"])
    assert audit_pixels(np.split(pixels, [7, 50]), rows, 1) == audit_pixels([pixels], rows, 1)


def collect_with_shortcut(paths, each=100):
    """Photographs at quality 95 and fakes at 30, otherwise alike: grainy squares that no resizing smoothes."""
    for source, label, quality in (("photos", Label.REAL, 95), ("fakes", Label.FAKE, 30)):
        pictures = [Image.fromarray(square) for square in smooth(range(each), seed=int(label))]
        files = [encode(picture, quality=quality) for picture in pictures]
        write_collected(paths, source, [make_record(source, i, data, label) for i, data in enumerate(files)])


def set_params(paths, text):
    params = paths.root / "params.yaml"
    params.write_text(params.read_text() + text)


def read_audit(paths):
    return json.loads((paths.results("tiny") / "audit.json").read_text())


def test_the_gate_fails_the_build_and_equalising_opens_it(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    collect_with_shortcut(paths)
    set_params(paths, "audit: {fail_above: 0.6, ignore: [source, bytes, bytes_per_pixel]}\n")
    with pytest.raises(ShortcutError, match=r"jpeg_quality \(how a file was compressed .* equalise: \{quality: 30, "):
        build(monkeypatch, tmp_path, "audit")
    assert not (paths.results("tiny") / "gate.json").exists()
    before = read_audit(paths)
    assert before["attributes"]["jpeg_quality"]["auc"] > 0.97

    params = paths.root / "params.yaml"
    params.write_text(params.read_text().replace("filter: lanczos", "filter: lanczos, equalise: {quality: 30}"))
    for stage, names in (("resize", ("photos", "fakes")), ("audit", ("tiny",))):
        for name in names:
            run_stage(monkeypatch, tmp_path, stage, name)
    after = read_audit(paths)
    assert after["alarms"] == {}
    assert before["probes"]["high_pass_energy"]["low"] > 0.8
    assert after["probes"]["high_pass_energy"]["low"] < 0.6
    assert (paths.results("tiny") / "gate.json").exists()


def test_an_unknown_attribute_to_ignore_names_the_known_ones(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    set_params(paths, "audit: {ignore: [colour]}\n")
    with pytest.raises(Exception, match="name_shape"):
        run_stage(monkeypatch, tmp_path, "audit", "tiny")


def test_names_and_overlaps_of_official_splits_are_found(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    for source, label, base in (("photos", Label.REAL, 0), ("fakes", Label.FAKE, 10_000)):
        numbers = [*range(60), 3, 4]  # the last two repeat training pictures in the test
        records = []
        for rank, number in enumerate(numbers):
            name = f"{number:04d} (2).jpg" if label is Label.REAL else f"{number} (2).jpg"
            split = "test" if rank >= 50 else "train"
            record = make_record(source, rank, encode(make_image(base + number)), label, official_split=split)
            records.append(
                type(record)(
                    type(record.candidate)(
                        **{
                            **{f: getattr(record.candidate, f) for f in record.candidate.__slots__},
                            "image_url": f"{split}/{name}",
                        }
                    ),
                    record.data,
                    record.fetched_at,
                )
            )
        write_collected(paths, source, records)
    build(monkeypatch, tmp_path, "audit")
    found = read_audit(paths)
    assert found["attributes"]["name_shape"]["auc"] > 0.97
    assert found["overlaps"] == {"duplicate-bytes": 4}
    assert set(found["attributes"]) == set(ATTRIBUTES)
