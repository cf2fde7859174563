"""Twelve kinds of pictures, asked of four detectors on four surfaces: the same is said on all of them."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image, ImageDraw, PngImagePlugin

from app.checking.detector_service import DetectorService
from app.checking.findings import find
from app.sharing.shared_card import list_facts
from app.sharing.shared_page import write_page
from tests.app.conftest import serving
from tests.app.test_service import post
from tests.factories import encode, make_image, write_project
from tests.handmade import shade, write_detector
from tests.touchstone import conftest as command_line

ALARM = {
    "alarms": {"format": "compress all alike: set `resize.equalise` in params.yaml"},
    "attributes": {"format": {"auc": 1.0, "low": 1.0, "high": 1.0}},
}

#: By recipe: the sizes and the JPEG quality of what it was trained on, and what stands against it.
DETECTORS = {
    "sandbox": ([(64, 48), (64, 64)], 90, {"sandboxed": True}),
    "alarmed": ([(600, 450), (800, 600)], 92, {"audit": ALARM}),
    "cifake": ([(32, 32)], 75, {}),
    "full": ([(600, 450), (800, 600), (3000, 2000)], 92, {}),
}

DARK, BRIGHT = 0, 1

touchstone = command_line.touchstone


def camera():
    exif = Image.Exif()
    exif[271], exif[272] = "Canon", "EOS R5"
    exif.get_ifd(0x8769).update({33434: 0.01, 33437: 2.8, 34855: 100, 36867: "2026:01:01 12:00:00"})
    return exif.tobytes()


def generated():
    said = PngImagePlugin.PngInfo()
    said.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64")
    return said


def flat_art():
    ramp = np.linspace(0, 255, 640, dtype=np.uint8)
    art = Image.fromarray(np.broadcast_to(ramp[None, :, None], (480, 640, 3)).copy())
    ImageDraw.Draw(art).ellipse((100, 100, 300, 300), fill="orange")
    return art


def screenshot():
    screen = Image.new("RGB", (1280, 720), "white")
    for top in range(20, 700, 24):
        ImageDraw.Draw(screen).text((20, top), "a line of text " * 8, fill="black")
    return screen


def photo(seed, label, width, height):
    return shade(make_image(seed, width, height), label)


@pytest.fixture(scope="module")
def pictures():
    """Twelve kinds, by their names."""
    return {
        "camera.jpg": encode(photo(900, DARK, 3000, 2000), quality=92, exif=camera()),
        "bright_camera.jpg": encode(photo(901, BRIGHT, 800, 600), quality=92, exif=camera()),
        "full_dark.jpg": encode(photo(902, DARK, 800, 600), quality=92),
        "full_bright.jpg": encode(photo(903, BRIGHT, 800, 600), quality=92),
        "small_dark.jpg": encode(photo(904, DARK, 32, 32), quality=75),
        "small_bright.jpg": encode(photo(905, BRIGHT, 32, 32), quality=75),
        "small.png": encode(photo(906, BRIGHT, 32, 32), "PNG"),
        "generated.png": encode(photo(907, DARK, 800, 600), "PNG", pnginfo=generated()),
        "screenshot.png": encode(screenshot(), "PNG"),
        "flat_art.webp": encode(flat_art(), "WEBP"),
        "strip.jpg": encode(photo(908, DARK, 900, 300), quality=92),
        "grey.jpg": encode(photo(909, DARK, 64, 64).convert("L"), quality=90),
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with all of the detectors."""
    paths = write_project(tmp_path_factory.mktemp("judged"))
    params = paths.root / "params.yaml"
    params.write_text(
        params.read_text().replace("sizes: [16]", "sizes: [32]").replace("- tiny", "- " + "\n  - ".join(DETECTORS))
    )
    params.write_text(params.read_text().replace("max_pixels: 1000000", "max_pixels: 10000000"))
    for recipe, (sizes, quality, against) in DETECTORS.items():
        paths.recipe(recipe).write_text(paths.recipe("tiny").read_text().replace("size: 16", "size: 32"))
        write_detector(paths.results(recipe), sizes, quality, **against)
    (paths.deduplicated).mkdir(parents=True)
    return paths


@pytest.fixture(scope="module")
def surfaces(project, pictures):
    """What each surface says, by recipe and picture."""
    desk = DetectorService(project.root)
    with serving(desk) as address:
        yield {
            recipe: SimpleNamespace(
                detector=desk.detector(recipe).judge.detector,
                api=post(address, *pictures.items(), recipe=recipe).json(),
                found={name: find(desk, name, desk.open(data), recipe) for name, data in pictures.items()},
            )
            for recipe in DETECTORS
        }


def without_figures(judgement):
    """Leave out what batches of other sizes may round otherwise."""
    return {key: value for key, value in judgement.items() if key != "score"}


@pytest.mark.parametrize("recipe", DETECTORS)
def test_all_surfaces_say_the_same(touchstone, project, pictures, surfaces, recipe):
    said, folder = surfaces[recipe], project.root / recipe
    folder.mkdir()
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
    files = [folder / name for name in pictures]
    predicted = json.loads(touchstone(project.root, "predict", "--recipe", recipe, "--json", *files).out)
    assert predicted["detector"] == json.loads(json.dumps(said.detector.to_json())) == said.api["detector"]
    told = zip(pictures, predicted["pictures"], said.api["results"], strict=True)
    for name, by_predict, by_api in told:
        finding = said.found[name]
        shown = finding.picture.judgement
        assert by_predict["judgement"]["score"] == pytest.approx(by_api["judgement"]["score"], abs=1e-5)
        assert without_figures(by_predict["judgement"]) == without_figures(by_api["judgement"]), name
        assert without_figures(shown.model_dump()) == without_figures(by_api["judgement"]), name
        page = BeautifulSoup(write_page(finding), "lxml")
        assert page.h1.get_text() == shown.headline
        assert page.select_one(".banner").get_text() == said.detector.headline
        assert set(shown.sentences[1:]) <= {line.get_text() for line in page.find_all("p")}
        assert list_facts(finding)[: len(shown.sentences)] == [*shown.sentences[1:], said.detector.headline]


def reasons(surfaces, recipe, name):
    judgement = surfaces[recipe].found[name].picture.judgement
    return judgement.label, [reason.code for reason in judgement.reasons]


@pytest.mark.parametrize(
    ("recipe", "because"),
    [
        ("sandbox", "all its pictures are the sandbox's"),
        ("alarmed", "format alone tells the label (ROC-AUC 1.000"),
    ],
)
def test_a_detector_that_cannot_be_judged_cannot_tell_of_anything_and_says_why(surfaces, pictures, recipe, because):
    assert f"cannot be judged: {because}" in surfaces[recipe].detector.headline
    for name in pictures:
        assert reasons(surfaces, recipe, name)[1][0] == "detector"
        assert because in surfaces[recipe].found[name].picture.judgement.headline


@pytest.mark.parametrize(
    ("recipe", "name", "label", "codes"),
    [
        ("cifake", "small_dark.jpg", "REAL", []),
        ("cifake", "small_bright.jpg", "FAKE", []),
        ("cifake", "camera.jpg", None, ["unlike-test"]),
        ("cifake", "bright_camera.jpg", None, ["unlike-test", "evidence"]),
        ("cifake", "small.png", None, ["unlike-test"]),
        ("cifake", "screenshot.png", None, ["unlike-test"]),
        ("cifake", "flat_art.webp", None, ["unlike-test", "undecided"]),
        ("full", "camera.jpg", "REAL", []),
        ("full", "full_dark.jpg", "REAL", []),
        ("full", "full_bright.jpg", "FAKE", []),
        ("full", "bright_camera.jpg", None, ["evidence"]),
        ("full", "generated.png", None, ["unlike-test", "evidence"]),
        ("full", "strip.jpg", None, ["unlike-test"]),
        ("full", "small_dark.jpg", None, ["unlike-test"]),
    ],
)
def test_what_is_concluded_and_why_not(surfaces, recipe, name, label, codes):
    assert reasons(surfaces, recipe, name) == (label, codes)


def test_a_photograph_of_3000_pixels_is_beyond_a_detector_of_32(surfaces):
    headline = surfaces["cifake"].found["camera.jpg"].picture.judgement.headline
    assert headline.startswith("Cannot tell: the picture is unlike")
    assert "3000x2000 pixels, and theirs have 32" in headline
