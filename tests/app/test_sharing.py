"""What is passed on of a picture."""

import io
import json

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from app.checking.findings import find
from app.sharing.shared_card import draw_card
from app.sharing.shared_page import write_page
from pipeline.storage.labels import Label
from tests.app.test_service import post
from tests.factories import encode
from tests.pipeline.conftest import picture

HOSTILE = '"><img src=http://elsewhere.example/a.png onerror=alert(1)>.jpg'


@pytest.fixture(scope="module")
def data():
    return encode(picture(10_500, Label.FAKE))


@pytest.fixture(scope="module")
def finding(detectors, data):
    return find(detectors, HOSTILE, detectors.open(data), "tiny")


def test_programs_get_what_the_service_answers(finding, address, data):
    answered = post(address, ("x.jpg", data), full=True).json()
    shared = json.loads(finding.answer.model_dump_json())
    shared["results"][0]["name"] = "x.jpg"
    assert shared == answered


def test_a_page_escapes_names_and_loads_nothing(finding):
    page = BeautifulSoup(write_page(finding), "lxml")
    assert HOSTILE in page.text
    assert not page.find_all(["script", "link", "iframe"])
    assert [image["src"].partition(",")[0] for image in page.find_all("img")] == ["data:image/jpeg;base64"] * 2
    assert all(image["alt"] for image in page.find_all("img"))
    assert "default-src 'none'" in page.find("meta", {"http-equiv": True})["content"]


def test_a_card_is_a_picture_as_links_are_previewed(finding):
    card = Image.open(io.BytesIO(draw_card(finding)))
    assert (card.format, card.size) == ("PNG", (1200, 630))


def test_what_is_kept_of_a_large_picture_is_small(detectors):
    large = encode(picture(1, Label.REAL).resize((1200, 800)))
    kept = find(detectors, "large.jpg", detectors.open(large), "tiny")
    assert max(Image.open(io.BytesIO(kept.seen)).size) == 560
    assert len(kept.seen) + len(kept.lit or b"") < 200_000
