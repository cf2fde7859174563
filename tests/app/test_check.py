"""The page "Check a picture" in a real Chromium, with a real detector."""

import json

import pytest
from PIL import Image, PngImagePlugin
from selenium.webdriver.common.keys import Keys

from app.checking.responses import DetectorResponse
from pipeline.storage.labels import Label
from tests.factories import encode
from tests.pipeline.conftest import picture

#: The test of this detector is too small for any conclusion.
WORDS = {label: f"({label.name})." for label in Label}
CANNOT_TELL = "Cannot tell: the detector cannot be judged, as a test of"


@pytest.fixture
def files(tmp_path):
    """A photograph and a fake that the detector has never seen."""
    paths = {label: tmp_path / f"{label.name}.png" for label in Label}
    for label, path in paths.items():
        picture(500 + 10_000 * label, label).save(path)
    return paths


@pytest.mark.parametrize("label", Label)
def test_an_upload_gets_its_judgement(look, files, label):
    look.open("")
    look.upload(files[label])
    look.wait_for_text(WORDS[label])
    assert CANNOT_TELL in look.text
    assert "The detector tiny cannot be judged: a test of" in look.text
    assert "Neither this picture nor one like it is in the data set" in look.text
    assert "Stored again in 7 ways" in look.text
    assert not look.errors()


def test_a_picture_of_the_data_set_is_known_again_with_its_part(look, tmp_path):
    (tmp_path / "known.jpg").write_bytes(encode(picture(3, Label.REAL)))
    look.open("")
    look.upload(tmp_path / "known.jpg")
    look.wait_for_text("It is in the data set: the same file, from the source photos, labelled REAL")


def test_what_the_file_says_and_where_the_detector_looked_are_shown(look, tmp_path):
    said = PngImagePlugin.PngInfo()
    said.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64")
    picture(10_500, Label.FAKE).save(tmp_path / "fake.png", pnginfo=said)
    look.open("")
    look.upload(tmp_path / "fake.png")
    look.wait_for_text("The file says that it was AI-generated")
    look.press("Where it looked")
    look.wait_for_text("what spoke most for a score of FAKE")
    assert look.find("img[alt*='the places that spoke']")


def write_bad_files(folder):
    Image.new("1", (20_000, 10_000)).save(folder / "huge.png")
    (folder / "cut.jpg").write_bytes(encode(picture(1, Label.REAL))[:-500])
    (folder / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    (folder / "page.png").write_text("<html><script>alert(1)</script></html>")
    return [folder / name for name in ("huge.png", "cut.jpg", "drawing.svg", "page.png")]


def test_what_is_no_picture_gets_a_clear_line_and_the_app_lives_on(look, files, tmp_path):
    look.open("")
    look.upload(*write_bad_files(tmp_path))
    look.wait_for_text("too many pixels to be opened safely")
    look.wait_for_text("cut off")
    look.wait(lambda: look.text.count("no picture that can be read") == 2)
    look.upload(files[Label.FAKE])
    look.wait_for_text(WORDS[Label.FAKE])
    assert not look.errors()


def test_a_file_of_60_megabytes_is_refused_before_it_is_sent(look, files, tmp_path):
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(60_000_000)
    look.open("")
    look.upload(tmp_path / "large.png")
    look.wait_for_text("File must be 5.0MB or smaller")
    look.upload(files[Label.REAL])
    look.wait_for_text(WORDS[Label.REAL])


def test_addresses_that_are_not_public_are_refused(look):
    look.open("")
    for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]"):
        look.say(f"http://{host}/picture.png")
        look.wait_for_text(f"{host.strip('[]')}, which is not a public address")
    look.say("file:///etc/passwd")
    look.wait_for_text("file scheme")
    assert not look.errors()


def test_several_detectors_are_asked_and_stand_side_by_side(look, files):
    look.open("")
    look.upload(files[Label.FAKE])
    look.wait_for_text(WORDS[Label.FAKE])
    look.focus("[data-testid=stMultiSelect] input")
    look.type("other", Keys.ENTER)
    look.wait_for_text("tiny\n\nother\n\nThe picture")
    assert look.text.count(CANNOT_TELL) >= 2


def test_a_pasted_picture_is_looked_at(look, files):
    look.open("")
    look.focus("[data-testid=stChatInputTextArea]")
    # A clipboard cannot be filled from outside; the event is the one that a browser sends.
    look.driver.execute_script(
        """const held = new DataTransfer();
        held.items.add(new File([new Uint8Array(arguments[0])], "pasted.png", {type: "image/png"}));
        const event = {clipboardData: held, bubbles: true, cancelable: true};
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", event));""",
        list(files[Label.FAKE].read_bytes()),
    )
    look.wait(lambda: look.find("[data-testid=stChatInputFileName]") or "pasted.png" in look.text)
    look.wait(lambda: look.find("[data-testid=stChatInputSubmitButton]:not([disabled])"))
    look.type(Keys.ENTER)
    look.wait_for_text(WORDS[Label.FAKE])


def test_all_of_it_works_by_keyboard(look, files):
    look.open("")
    look.upload(files[Label.FAKE])
    look.wait_for_text("Share")
    reached = []
    while "The picture" not in reached[-1:] and len(reached) < 30:
        look.type(Keys.TAB)
        script = "const at = document.activeElement; return (at.ariaLabel || at.innerText).trim()"
        reached.append(look.driver.execute_script(script))
    assert {"Detectors", "Add files", "https://…"} <= set(reached)
    look.type(Keys.ARROW_RIGHT)
    look.type(Keys.ENTER)
    look.wait_for_text("what spoke most for a score of FAKE")


def test_what_was_found_can_be_taken_along(look, files, tmp_path):
    look.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    look.open("")
    look.upload(files[Label.FAKE])
    look.wait_for_text(WORDS[Label.FAKE])
    look.press("Share", "Card (PNG)", "Page (HTML)", "For programs (JSON)")
    done = look.wait(lambda: len(found := sorted(tmp_path.glob("check-*-tiny.*[a-z]"))) == 3 and found)
    page, answer, card = done
    assert Image.open(card).size == (1200, 630)
    assert CANNOT_TELL in page.read_text()
    (result,) = DetectorResponse.model_validate(json.loads(answer.read_text())).results
    assert (result.name, result.judgement.called) == ("FAKE.png", "FAKE")


def test_an_upload_leaves_no_trace(look, running, files):
    def everything():
        return {path for folder in (running.root, running.temporary) for path in folder.rglob("*")}

    before = everything()
    look.open("")
    look.upload(*files.values())
    for words in WORDS.values():
        look.wait_for_text(words)
    look.say("http://127.0.0.1/picture.png")
    look.wait_for_text("not a public address")
    assert everything() == before
