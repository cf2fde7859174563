import io
import zipfile
from collections import Counter
from itertools import islice

import imagehash
import numpy as np
import pytest
from PIL import Image

from collectors.sandbox import resynthesis
from collectors.sandbox.build import TOPICS, ensure_pool
from collectors.sandbox.photographs import CHINA, PHOTOGRAPHS, Cropper
from collectors.sandbox.pool import PicturePool
from pipeline.runtime.paths import cache_folder


@pytest.fixture(scope="module")
def pool():
    return PicturePool(ensure_pool(cache_folder()))


def test_crops_are_the_same_each_time_and_unlike_each_other():
    first, second = (list(islice(Cropper(5).crops(PHOTOGRAPHS), 60)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)
    hashes = [imagehash.phash(Image.fromarray(crop.pixels)) for crop in first]
    assert min(a - b for i, a in enumerate(hashes) for b in hashes[:i]) > 4


@pytest.mark.parametrize("decoder", resynthesis.DECODERS)
def test_resyntheses_are_the_same_each_time_and_resemble_their_crop(decoder, monkeypatch):
    monkeypatch.setattr(resynthesis, "STEPS", 40)
    crops = [crop.pixels for crop in islice(Cropper(5).crops((CHINA,)), 20)]
    drawn = []
    for _ in range(2):
        resynthesis.start_tensorflow(1)
        drawn.append(resynthesis.resynthesise(resynthesis.train_autoencoder(decoder, crops, 1), crops))
    for crop, one, other in zip(crops, *drawn, strict=True):
        assert one.shape == crop.shape
        np.testing.assert_array_equal(one, other)
    error = [np.abs(crop.astype(int) - one).mean() for crop, one in zip(crops, drawn[0], strict=True)]
    spread = [np.abs(crop.astype(int) - crop.mean()).mean() for crop in crops]
    assert np.mean(error) < 0.8 * np.mean(spread)


def test_there_are_enough_distinct_pictures(pool):
    whole = {picture.data for picture in pool.by_name.values() if picture.fault == "none"}
    assert len(whole) > 2500
    for topic, (count, *_) in TOPICS.items():
        assert len(pool.by_topic[topic]) > count


def test_container_and_size_do_not_tell_the_label(pool):
    shares = []
    for fake in (False, True):
        mine = [picture for topic, (_, f, _) in TOPICS.items() if f == fake for picture in pool.by_topic[topic]]
        kinds = Counter(picture.content_type for picture in mine)
        shares.append([kinds["image/jpeg"] / len(mine), np.mean([picture.width for picture in mine])])
    assert abs(shares[0][0] - shares[1][0]) < 0.05
    assert abs(shares[0][1] - shares[1][1]) < 5


def test_every_topic_has_its_troubles(pool):
    for topic in TOPICS:
        pictures = pool.by_topic[topic]
        assert {picture.fault for picture in pictures} == {"none", "missing", "reset"}
        bodies = [picture.data for picture in pictures]
        assert b"" in bodies
        assert any(body.startswith(b"<!DOCTYPE") for body in bodies)
        assert len(set(bodies)) < len(bodies)
        assert len({picture.name for picture in pictures}) == len(pictures)


def test_the_archive_has_cifakes_layout(pool):
    with zipfile.ZipFile(pool.archive) as archive:
        names = archive.namelist()
        folders = Counter(name.rsplit("/", 1)[0] for name in names)
        image = Image.open(io.BytesIO(archive.read(names[0])))
    assert folders == {"train/REAL": 320, "train/FAKE": 320, "test/REAL": 80, "test/FAKE": 80}
    assert (image.format, image.size, image.mode) == ("JPEG", (32, 32), "RGB")
    assert "train/REAL/0000 (2).jpg" in names
    assert "train/FAKE/0 (2).jpg" in names
