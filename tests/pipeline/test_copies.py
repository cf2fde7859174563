"""Which pictures are taken for copies, from files to keep-lists: reposts are, strangers that look alike are not."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from app.reviewing.contradictions import find_contradictions, find_unconfirmed
from pipeline.config.params import load_params
from pipeline.lineage.manifests import Manifests
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label
from tests.factories import encode, make_record, photograph, run_stage, write_collected, write_project


def keep(monkeypatch, root, photos, fakes=()):
    """Screen and deduplicate pictures; give what stayed by class, the reasons, and the pairs."""
    paths = write_project(root)
    write_collected(paths, "photos", [make_record("photos", rank, data) for rank, data in enumerate(photos)])
    made = [make_record("fakes", rank, data, Label.FAKE) for rank, data in enumerate([encode(photograph(11)), *fakes])]
    write_collected(paths, "fakes", made)
    for source in ("photos", "fakes"):
        run_stage(monkeypatch, root, "screen", source)
    run_stage(monkeypatch, root, "deduplicate")
    kept = [pq.read_table(paths.keep_list(source))["rank"].to_pylist() for source in ("photos", "fakes")]
    dropped = pq.read_table(paths.deduplicated / "duplicates.parquet")["reason"].to_pylist()
    return kept, dropped, pq.read_table(paths.deduplicated / "pairs.parquet").to_pylist()


def repost(picture):
    """One picture as it is reposted: cropped, framed, mirrored, shown on a phone."""
    width, height = picture.size
    screen = Image.new("RGB", (width, 2 * height), "#101014")
    screen.paste(picture, (0, height // 4))
    ImageDraw.Draw(screen).text((10, 8), "12:30   a name", "white")
    ImageDraw.Draw(screen).text((10, height // 4 + height + 20), "some words below it", "white")
    wide = Image.new("RGB", (2 * width, height), "black")
    wide.paste(picture, (width // 2, 0))
    return {
        "cropped": picture.crop((width // 20, height // 20, width - width // 20, height - height // 20)),
        "square": ImageOps.fit(picture, (height, height)),
        "strip": picture.crop((0, 0, width, round(0.9 * height))),
        "white border": ImageOps.expand(picture, 14, "white"),
        "letterbox": wide,
        "mirrored": ImageOps.mirror(picture),
        "brighter": ImageEnhance.Brightness(picture).enhance(1.3),
        "screenshot": screen,
    }


def test_reposts_go_for_their_original(tmp_path, monkeypatch):
    original = photograph(0, (320, 240))
    # The largest stays, and here that is the original.
    files = [
        encode(original.resize((800, 600)), quality=95),
        *(encode(each, quality=80) for each in repost(original).values()),
    ]
    (photos, _), dropped, pairs = keep(monkeypatch, tmp_path, [*files, encode(photograph(6))])
    assert len(photos) == 2
    assert dropped == ["near-duplicate"] * (len(files) - 1)
    assert sum(pair["confirmed"] for pair in pairs) >= len(files) - 1
    assert all(pair["agreeing"] <= pair["detailed"] <= 64 for pair in pairs)


def disc(radius, colour, x=128):
    picture = Image.new("RGB", (256, 256))
    ImageDraw.Draw(picture).ellipse((x - radius, 128 - radius, x + radius, 128 + radius), colour)
    return encode(picture, quality=90)


def test_strangers_that_look_alike_stay_under_either_label_and_share_a_group(tmp_path, monkeypatch):
    photos = [disc(60, "white"), disc(64, "#b0b0b0"), disc(90, "#e0d0a0", 120)]
    (kept, fakes), dropped, pairs = keep(monkeypatch, tmp_path, photos, [disc(62, "red")])
    assert (kept, fakes, dropped) == ([0, 1, 2], [0, 1], [])
    assert pairs
    assert not any(pair["confirmed"] for pair in pairs)
    paths = Paths(tmp_path)
    waiting = find_unconfirmed(Manifests(paths), load_params(tmp_path), "")
    assert {subject.id for item in waiting for subject in item.pictures} == {
        pair[f"id_{side}"] for pair in pairs for side in ("a", "b")
    }
    assert all(item.why.startswith("they may be copies") for item in waiting)
    assert find_contradictions(Manifests(paths), load_params(tmp_path), "") == []


def test_a_copy_under_the_other_label_goes_with_its_original(tmp_path, monkeypatch):
    picture = photograph(0, (320, 240))
    framed = encode(ImageOps.expand(picture, 16, "black"), quality=85)
    (photos, fakes), dropped, _ = keep(monkeypatch, tmp_path, [encode(picture), encode(photograph(6))], [framed])
    assert (photos, fakes) == ([1], [0])
    assert dropped == ["cross-label"] * 2


@pytest.mark.parametrize("count", [60])
def test_many_copies_of_one_picture_cost_as_many_pairs(count, tmp_path, monkeypatch):
    rng, picture = np.random.default_rng(0), photograph(2)
    pixels = np.asarray(picture).astype(np.int16)
    noisy = [pixels + rng.integers(-6, 7, pixels.shape) for _ in range(count)]
    files = [encode(Image.fromarray(each.clip(0, 255).astype(np.uint8)), quality=85) for each in noisy]
    (photos, _), dropped, pairs = keep(monkeypatch, tmp_path, files)
    assert len(photos) == 1
    assert dropped == ["near-duplicate"] * (count - 1)
    assert len(pairs) <= 25 * count
