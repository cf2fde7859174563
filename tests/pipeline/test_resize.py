import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.records import shards
from pipeline.resizing.resize_settings import Equalise, Resize
from pipeline.resizing.square_pixels import to_pixels
from pipeline.runtime.errors import StageMissingError
from tests.factories import (
    build,
    collect_two_classes,
    encode,
    make_image,
    make_record,
    run_stage,
    write_collected,
    write_project,
)


def test_pixels_are_pillows_lanczos_in_every_size(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("sizes: [16]", "sizes: [16, 24]"))
    collect_two_classes(paths, 3)
    build(monkeypatch, tmp_path, "resize")
    index = pq.read_table(paths.resized("photos") / "index.parquet").to_pylist()
    assert [row["row"] for row in index] == [0, 1, 2]
    for size in (16, 24):
        pixels = np.load(paths.resized("photos") / str(size) / "pixels.npy", mmap_mode="r")
        assert (pixels.shape, pixels.dtype) == ((3, size, size, 3), np.uint8)
        for row in index:
            picture = Image.open(io.BytesIO(encode(make_image(row["rank"])))).convert("RGB")
            expected = np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS))
            np.testing.assert_array_equal(pixels[row["row"]], expected)


def resized(tmp_path, monkeypatch, records, settings):
    """Resize some records to 16x16 under more settings of ``resize``."""
    paths = write_project(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("filter: lanczos", f"filter: lanczos, {settings}"))
    write_collected(paths, "photos", records)
    write_collected(paths, "fakes", [])
    build(monkeypatch, tmp_path, "resize")
    return np.load(paths.resized("photos") / "16" / "pixels.npy")


def test_a_picture_that_is_no_square_is_cut_or_padded_on_request(tmp_path, monkeypatch):
    wide = make_image(1, 64, 32)
    records = [make_record("photos", 0, encode(wide, "PNG"))]
    (cut,) = resized(tmp_path / "cut", monkeypatch, records, "mode: centre-crop")
    expected = wide.resize((16, 16), Image.Resampling.LANCZOS, box=(16, 0, 48, 32))
    np.testing.assert_array_equal(cut, np.asarray(expected))
    (padded,) = resized(tmp_path / "padded", monkeypatch, records, "mode: pad")
    np.testing.assert_array_equal(padded[4:12], np.asarray(wide.resize((16, 8), Image.Resampling.LANCZOS)))
    assert padded[:4].max() == padded[12:].max() == 0


def test_equalised_pictures_have_all_been_the_same_jpeg(tmp_path, monkeypatch):
    image = make_image(1, 16, 16)
    records = [make_record("photos", 0, encode(image, "PNG"))]
    (pixels,) = resized(tmp_path, monkeypatch, records, 'equalise: {quality: 60, subsampling: "4:4:4"}')
    expected = Image.open(io.BytesIO(encode(image, quality=60, subsampling="4:4:4")))
    np.testing.assert_array_equal(pixels, np.asarray(expected))


def test_what_is_too_long_for_jpeg_is_equalised_too():
    strip = Image.new("RGB", (70_000, 20), "red")
    pixels = to_pixels(strip, 16, Resize(equalise=Equalise(quality=90)))
    np.testing.assert_allclose(pixels, np.broadcast_to([255, 0, 0], (16, 16, 3)), atol=3)


def test_shards_and_processes_change_nothing(tmp_path, monkeypatch):
    outs = []
    for name, per_shard in (("one", 100), ("many", 2)):
        monkeypatch.setattr(shards, "MAX_RECORDS", per_shard)
        paths = write_project(tmp_path / name)
        records = [make_record("photos", i, encode(make_image(i))) for i in range(7)]
        write_collected(paths, "photos", records)
        write_collected(paths, "fakes", [])
        assert len(shards.shard_paths(paths.collected("photos"))) == (1 if name == "one" else 4)
        build(monkeypatch, tmp_path / name, "resize", sources=["photos", "fakes"])
        outs.append((paths.resized("photos") / "16" / "pixels.npy").read_bytes())
    assert outs[0] == outs[1]


def test_a_missing_stage_is_named(tmp_path, monkeypatch):
    write_project(tmp_path)
    with pytest.raises(StageMissingError, match="dvc repro deduplicate"):
        run_stage(monkeypatch, tmp_path, "resize", "photos")
