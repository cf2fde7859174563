import io
import json

import pytest
from PIL import Image

from pipeline.records.shards import iterate_rows
from pipeline.screening.screened_picture import HEADER_CHECKS, PIXEL_CHECKS
from pipeline.screens.screen_registry import SCREENS
from tests.factories import encode, make_image
from tests.touchstone.builds import SOURCES, TWIN, address, picture
from tests.touchstone.walk import Walk, assert_passports_agree

#: The screens in their order.
REASONS = [screen.reason for screen in SCREENS]


@pytest.fixture(scope="module")
def walk(built):
    return Walk(built, SOURCES, "tiny")


def ask(touchstone, paths, *words):
    done = touchstone(paths.root, "why", *words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)["pictures"]


def test_every_record_is_told_as_a_walk_of_the_raw_manifests_tells_it(built):
    fates = assert_passports_agree(built, SOURCES, "tiny", 200)
    assert {dropped[0] for dropped, _ in fates if dropped} == {"collect", "screen", "deduplicate"}
    assert {"train", "val", "test"} <= {split for _, split in fates}


def test_an_id_or_its_first_digits_find_all_records_of_the_picture(touchstone, built):
    rows = list(iterate_rows(built.collected("photos")))
    for asked in (rows[TWIN]["id"], rows[TWIN]["id"][:12]):
        found = ask(touchstone, built, asked)
        assert [(each["source"], each["rank"]) for each in found] == [("photos", TWIN), ("photos", 44)]


def test_a_file_is_found_by_bytes_then_pixels_then_hash(touchstone, built, tmp_path):
    data = encode(picture(9, 0))
    twin = Image.open(io.BytesIO(data))
    files = {"bytes": data, "pixels": encode(twin, "PNG"), "phash": encode(twin, quality=40)}
    for by, content in files.items():
        file = tmp_path / by
        file.write_bytes(content)
        first = ask(touchstone, built, file)[0]
        assert (first["found_by"], first["source"], first["rank"]) == (by, "photos", 9)
    file.write_bytes(encode(make_image(777)))
    assert ask(touchstone, built, file)[0]["bits"] > 4


def test_addresses_of_pictures_and_pages_are_found_and_of_what_failed(touchstone, built):
    assert ask(touchstone, built, address("fakes", 5))[0]["rank"] == 5
    assert ask(touchstone, built, "https://fakes.example.org/page/5")[0]["rank"] == 5
    (failed,) = ask(touchstone, built, address("photos", "gone"))
    assert failed["dropped"] == {"stage": "collect", "reason": "not-found", "detail": "404"}


def test_a_file_that_only_looks_like_a_picture_says_by_how_many_bits(touchstone, built, tmp_path):
    file = tmp_path / "again.jpg"
    file.write_bytes(encode(Image.open(io.BytesIO(encode(picture(9, 0)))), quality=90))
    (bits, *_) = [each["bits"] for each in ask(touchstone, built, file)]
    assert f"found by       phash: {bits} of 64 bits differ" in touchstone(built.root, "why", file).out


@pytest.mark.parametrize(
    ("rank", "passed", "failed"),
    [(5, REASONS, ()), (47, REASONS[:-1], ("blank",)), (48, REASONS[:1], ("truncated",))],
)
def test_the_verdict_of_each_screen_is_told(touchstone, built, rank, passed, failed):
    (found,) = ask(touchstone, built, address("fakes", rank))
    verdicts = {verdict["screen"]: verdict for verdict in found["verdicts"]}
    assert list(verdicts) == [*passed, *failed]
    assert all(verdicts[screen]["passed"] for screen in passed)
    shown = touchstone(built.root, "why", address("fakes", rank)).out
    if failed:
        assert not verdicts[failed[0]]["passed"]
        assert f"failed         {failed[0]}: {found['dropped']['detail']}" in shown
    else:
        size = f"{found['screened']['width']}x{found['screened']['height']}"
        assert f"passed         placeholder; too-many-pixels: 3,072 pixels; too-small: {size}; " in shown


def test_screens_are_named_in_the_order_in_which_they_are_asked():
    assert [reason for reason, _ in (*HEADER_CHECKS, *PIXEL_CHECKS)] == [each.reason for each in SCREENS if each.check]


def test_in_words(touchstone, built):
    shown = touchstone(built.root, "why", address("photos", 46)).out
    for words in (
        "dropped by deduplicate, near-duplicate",
        "in its place",
        "it has more bytes",
        "licence        CC0-1.0",
        "to be shared   yes, public-domain",
    ):
        assert words in shown
    shown = touchstone(built.root, "why", address("fakes", "gone")).out
    assert "dropped by collect, not-found: 404" in shown


def test_rights_say_why_and_whom_to_name(touchstone, built):
    unchanged, unknown = (ask(touchstone, built, address("photos", rank))[0]["rights"] for rank in (9, 10))
    assert (unchanged["answer"], unchanged["reason"]) == ("unchanged", "licensed")
    assert unchanged["attribution"].startswith(
        '"number 9", https://photos.example.org/page/9, licensed under CC-BY-ND'
    )
    assert (unknown["answer"], unknown["reason"], unknown["attribution"]) == ("closed", "no-licence", None)
    shown = touchstone(built.root, "why", address("photos", 9)).out
    assert "as its original file, licensed" in shown
    assert 'to be named    "number 9"' in shown


def test_scores_are_those_of_the_test(touchstone, built, walk):
    row = walk.scores.iloc[0]
    found = ask(touchstone, built, row["id"], "--scores")
    assert found[0]["scores"]["tiny"] == pytest.approx(row["score"], abs=1e-5)


@pytest.mark.parametrize(
    ("asked", "code"), [("abcdef123456", 30), ("https://example.org/nowhere", 30), ("note.txt", 34)]
)
def test_what_is_not_there_is_said_in_one_line(touchstone, built, tmp_path, asked, code):
    (tmp_path / "note.txt").write_text("no picture")
    done = touchstone(built.root, "why", tmp_path / asked if asked == "note.txt" else asked)
    assert done.code == code
    assert len(done.err.splitlines()) == 1


def test_what_a_picture_says_of_itself_cannot_reach_the_terminal(touchstone, copy_of_built):
    from pipeline.lineage.passport_text import tell

    passport = ask(touchstone, copy_of_built, address("photos", 5))[0]
    passport["collected"]["title"] = "\x1b[2J"
    assert "\x1b" not in "".join(tell(passport))
