"""A small sandbox: one topic that takes three batches, and a reserve with every fault."""

import io
import os
from zipfile import ZipFile

import pytest

from collectors.sandbox.pool import ARCHIVE, ListedPicture, PicturePool, write_pictures
from collectors.sandbox.server import serve_pool
from tests.collectors.conftest import surroundings
from tests.factories import encode, make_image

TITLE = 'A "picture" of </script><b>O\'Hara</b> & caf\u00e9 \U0001f63a, number {}'


def listed(topic, number, **changes):
    name = f"{topic.replace(' ', '-')}-{number} (1).jpg"
    width, height = (96, 64) if number % 3 else (64, 80)
    facts = {
        "topic": topic,
        "name": name,
        "content_type": "image/jpeg",
        "width": width,
        "height": height,
        "title": TITLE.format(number),
        "page_url": f"https://www.example.org/{number}?id={number}&lang=en",
        "fault": "none",
        "data": encode(make_image(number, width, height)),
        "thumbnail": encode(make_image(number, width // 2, height // 2)),
    }
    return ListedPicture(**facts | changes)


@pytest.fixture(scope="session")
def pool(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pool")
    pictures = [listed("animals", number) for number in range(250)]
    pictures += [listed("ai generated images", number) for number in range(1000, 1030)]
    pictures += [listed("reserve real", number) for number in range(2000, 2130)]
    pictures += [listed("reserve fake", number) for number in range(3000, 3010)]
    pictures += [
        listed("cityscape", 4000),
        listed("cityscape", 4001, fault="missing"),
        listed("cityscape", 4002, fault="reset"),
        listed("cityscape", 4003, data=b"<html>", content_type="text/html"),
    ]
    write_pictures(folder, pictures)
    with ZipFile(folder / ARCHIVE, "w") as archive:
        for label in ("REAL", "FAKE"):
            for number in range(120):
                archive.writestr(f"train/{label}/{number:04} (2).jpg", encode(make_image(number, 32, 32)))
        archive.writestr("test/REAL/0000.jpg", io.BytesIO(os.urandom(3_000_000)).getvalue())
    return PicturePool(folder)


@pytest.fixture
def running(pool):
    with serve_pool(pool) as server:
        yield server


@pytest.fixture
def context(running, tmp_path):
    return surroundings(tmp_path, running.internet)
