import dataclasses
import io
import os
import signal
import struct
import zlib
from collections import Counter

import imagehash
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from pipeline.hashing.hashes import hash_grey
from pipeline.pictures.batched_resize import in_batches
from pipeline.pictures.picture import PictureError, to_rgb
from pipeline.readers.funnel import screened_row
from pipeline.records.record import Http
from pipeline.screening.screen_shard import screen_shard
from pipeline.screening.screened_picture import DECODING, JUDGING, ScreenedPicture, read_header, take_pixels
from pipeline.screens.screen_settings import Screen
from pipeline.storage.labels import Label
from tests.factories import encode, make_image, make_record, run_stage, write_collected, write_project

SETTINGS = Screen(min_side=16, max_pixels=100_000, max_aspect=3.0, min_deviation=2.0)


def screen_picture(data):
    picture = ScreenedPicture(0, data)
    for step in (read_header, *DECODING):
        step(picture, SETTINGS)
    take_pixels([picture])
    for step in JUDGING:
        step(picture, SETTINGS)
    return picture


def measure(data):
    return screen_picture(data).measured


def reason(data):
    with pytest.raises(PictureError) as caught:
        screen_picture(data)
    return caught.value.reason


def animation():
    frames = [make_image(seed) for seed in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


BAD = {
    "empty": (b"", "undecodable"),
    "html": (b"<!DOCTYPE html><html></html>", "undecodable"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "undecodable"),
    "truncated": (encode(make_image(1, 200, 200))[:3000], "truncated"),
    "small": (encode(make_image(1, 15, 40)), "too-small"),
    "huge": (encode(make_image(1, 400, 300)), "too-many-pixels"),
    "strip": (encode(make_image(1, 200, 20)), "extreme-aspect"),
    "moving": (animation(), "animated"),
    "blank": (encode(Image.new("RGB", (64, 64), "grey")), "blank"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_pictures_are_dropped_with_their_reason(name):
    data, expected = BAD[name]
    assert reason(data) == expected


def test_a_bomb_is_refused_by_its_header():
    honest = encode(make_image(1), "PNG")
    header = b"IHDR" + struct.pack(">II", 60_000, 60_000) + honest[24:29]
    bomb = honest[:12] + header + struct.pack(">I", zlib.crc32(header)) + honest[33:]
    assert reason(bomb) == "too-many-pixels"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "CMYK", "1", "LA"])
def test_hashes_equal_imagehash_on_every_mode(kind, mode):
    try:
        data = encode(make_image(3).convert(mode), kind)
    except (OSError, ValueError):
        pytest.skip(f"{kind} cannot hold {mode}")
    screened = screen_picture(data)
    assert (screened.measured["width"], screened.measured["height"]) == (64, 48)
    if mode in ("RGB", "L", "1", "CMYK"):
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        hashes = hash_grey([screened.grey])
        for name in ("phash", "dhash", "average_hash", "whash"):
            assert f"{hashes[name][0]:016x}" == str(getattr(imagehash, name)(picture))


def test_the_file_is_measured():
    exif = Image.Exif()
    exif[0x010E] = "a picture"
    row = measure(encode(make_image(5), quality=90, subsampling=0, exif=exif))
    assert row["format"] == "JPEG"
    assert row["jpeg_quality"] == 90
    assert row["jpeg_subsampling"] == "4:4:4"
    assert (row["has_exif"], row["has_icc"], row["has_xmp"]) == (True, False, False)
    same_tables = measure(encode(make_image(6), quality=90))
    other_tables = measure(encode(make_image(6), quality=80))
    assert row["jpeg_tables"] == same_tables["jpeg_tables"] != other_tables["jpeg_tables"]
    assert measure(encode(make_image(5), "PNG"))["jpeg_quality"] is None


@pytest.mark.parametrize("quality", [1, 25, 50, 75, 82, 95, 100])
def test_quality_is_estimated_exactly_for_pillows_own_files(quality):
    assert measure(encode(make_image(5), quality=quality))["jpeg_quality"] == quality


def test_only_what_cannot_unpack_to_more_is_taken_together():
    exif = Image.Exif()
    exif[0x010E] = "a picture"
    image = make_image(5)
    pictures = [ScreenedPicture(0, data) for data in (encode(image), encode(image, exif=exif), encode(image, "PNG"))]
    for picture in pictures:
        read_header(picture, SETTINGS)
    assert [len(batch) for batch in in_batches([pictures[0], *pictures])] == [3, 1]
    assert pictures[0].nbytes < pictures[1].nbytes == pictures[2].nbytes


def test_orientation_is_applied_before_hashing():
    upright = make_image(7)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = encode(upright.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)
    assert measure(turned)["pixels_id"] == measure(encode(upright, "PNG"))["pixels_id"]


def odd_exif(orientation):
    """EXIF with an orientation, and with a text where a number should be: cameras and editors write such things."""
    tags = [(274, 3, 1, struct.pack("<HH", orientation, 0)), (296, 2, 4, b"in\0\0")]
    return (
        b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + b"".join(struct.pack("<HHI4s", *tag) for tag in tags) + bytes(4)
    )


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_is_turned_as_pillow_does_whatever_else_its_exif_holds(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain = encode(make_image(7), "PNG", exif=exif)
    turned = measure(encode(make_image(7), "PNG", exif=odd_exif(orientation)))
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(plain)))
    assert turned["pixels_id"] == measure(encode(upright, "PNG"))["pixels_id"]
    assert turned["normalised"] == ["orientation"]


def test_exif_that_cannot_be_read_says_nothing_of_the_pixels():
    for exif in (b"Exif\0\0nonsense", b"Exif\0\0II*\0\xff\xff\xff\xff", odd_exif(1)[:-30]):
        assert measure(encode(make_image(7), exif=exif))["normalised"] == []


def test_sixteen_bits_are_scaled_not_clipped():
    grey = np.asarray(make_image(3).convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    shallow = measure(encode(Image.fromarray(grey), "PNG"))
    assert measure(encode(deep, "PNG"))["pixels_id"] == shallow["pixels_id"]


def test_sixteen_bits_of_which_one_value_is_transparent_are_scaled_too():
    grey = np.linspace(3000, 60000, 64).astype(np.uint16)[None].repeat(64, axis=0)
    deep = encode(Image.fromarray(grey), "PNG", transparency=int(grey[0, 5]))
    shallow = (grey / 257).astype(np.uint8)
    shallow[:, 5] = 255
    assert measure(deep)["pixels_id"] == measure(encode(Image.fromarray(shallow), "PNG"))["pixels_id"]
    assert measure(deep)["normalised"] == ["16-bit", "alpha"]


def swapped_profile():
    """sRGB's profile, with red and blue in each other's place: nobody can miss that it was heeded."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = data.find(b"rXYZ"), data.find(b"bXYZ")
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


def test_a_profile_counts_however_the_colours_are_packed():
    palette = make_image(3).quantize(32)
    seen = [
        to_rgb(Image.open(io.BytesIO(encode(image, "PNG", icc_profile=swapped_profile()))))
        for image in (palette, palette.convert("RGB"), palette.convert("RGBA"))
    ]
    assert len({each.tobytes() for each in seen}) == 1
    assert seen[0].tobytes() != palette.convert("RGB").tobytes()


def test_transparency_lies_on_white():
    clear = Image.fromarray(np.dstack([np.asarray(make_image(8)), np.zeros((48, 64), np.uint8)]), "RGBA")
    assert reason(encode(clear, "PNG")) == "blank"


def oriented(image):
    exif = Image.Exif()
    exif[0x0112] = 8
    return encode(image, exif=exif)


def profiled(image):
    return encode(image, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encode(make_image(3)), []),
        (encode(make_image(3).convert("P"), "PNG"), ["palette"]),
        (encode(make_image(3).convert("L")), ["grey"]),
        (encode(make_image(3).convert("CMYK")), ["cmyk"]),
        (encode(make_image(3).convert("LA"), "PNG"), ["grey", "alpha"]),
        (encode(make_image(3).convert("RGBA"), "PNG"), ["alpha"]),
        (encode(Image.fromarray(np.asarray(make_image(3).convert("L")).astype(np.uint16) * 257), "PNG"), ["16-bit"]),
        (oriented(make_image(3)), ["orientation"]),
        (profiled(make_image(3)), ["icc"]),
    ],
    ids=lambda value: "+".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_what_was_done_to_make_rgb_is_kept(data, expected):
    assert measure(data)["normalised"] == expected


@given(st.integers(0, 2**32), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=20), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_damaged_files_give_a_reason_and_never_crash(seed, changes, cut):
    kind = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"][seed % 6]
    data = bytearray(encode(make_image(seed % 50, 40, 40), kind))
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    try:
        outcome = measure(bytes(data[: max(1, int(len(data) * cut))]))["format"]
    except PictureError as error:
        outcome = error.reason
    assert outcome.replace("-", "").isalpha()


def test_the_stage_keeps_every_picture_on_file(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    records = [make_record("photos", i, encode(make_image(i))) for i in range(5)]
    records += [make_record("photos", 5 + i, data) for i, (data, _) in enumerate(BAD.values())]
    write_collected(paths, "photos", records)
    run_stage(monkeypatch, tmp_path, "screen", "photos")
    manifest = pq.read_table(paths.screened("photos") / "manifest.parquet").to_pylist()
    rejected = pq.read_table(paths.screened("photos") / "rejected.parquet").to_pylist()
    assert sorted(row["rank"] for row in manifest + rejected) == list(range(len(records)))
    metadata = pq.read_schema(paths.screened("photos") / "manifest.parquet").metadata
    assert metadata[b"hashes"].decode() == f"imagehash {imagehash.__version__}"
    assert {row["rank"]: row["id"] for row in manifest + rejected} == {r.candidate.rank: r.id for r in records}
    assert all(row["reason"] and row["image_url"] for row in rejected)


def test_a_source_of_which_nothing_passes_has_a_reason_for_each(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    write_collected(paths, "photos", [make_record("photos", 0, BAD["blank"][0])])
    run_stage(monkeypatch, tmp_path, "screen", "photos")
    assert pq.read_table(paths.screened("photos") / "manifest.parquet").num_rows == 0
    (rejected,) = pq.read_table(paths.screened("photos") / "rejected.parquet").to_pylist()
    assert rejected["reason"] == "blank"


def die_on_the_second(piece):
    """Stands in for a decoder that crashes, as none of those at hand does."""
    if piece.start <= 1 < piece.stop:
        os.kill(os.getpid(), signal.SIGKILL)
    return screen_shard(piece)


def test_a_decoder_that_crashes_costs_one_picture(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    write_collected(paths, "photos", [make_record("photos", i, encode(make_image(i))) for i in range(2)])
    monkeypatch.setattr("pipeline.screening.screen_source.screen_shard", die_on_the_second)
    run_stage(monkeypatch, tmp_path, "screen", "photos")
    manifest = pq.read_table(paths.screened("photos") / "manifest.parquet")
    assert manifest["rank"].to_pylist() == manifest["row"].to_pylist() == [0]
    (rejected,) = pq.read_table(paths.screened("photos") / "rejected.parquet").to_pylist()
    assert (rejected["rank"], rejected["reason"]) == (1, "crash")


def test_the_same_bytes_from_many_hosts_are_no_picture(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    gone = encode(make_image(1))

    def record(rank, data, host):
        made = make_record("photos", rank, data)
        address = f"https://{host}/{rank}.jpg"
        return dataclasses.replace(made, candidate=dataclasses.replace(made.candidate, image_url=address))

    records = [record(rank, gone, f"host{rank}.org") for rank in range(5)]
    # One host may show one picture often; that is what deduplicating is for.
    records += [record(5 + rank, encode(make_image(2)), "photos.org") for rank in range(5)]
    write_collected(paths, "photos", records)
    run_stage(monkeypatch, tmp_path, "screen", "photos")
    counted = screened_row(paths, "photos")
    assert (counted.given, counted.dropped) == (5, {"placeholder": 5})


@pytest.mark.parametrize(("policy", "dropped"), [("report", {}), ("drop", {"label-conflict": 1})])
def test_a_photograph_with_a_generators_settings_goes_by_policy(policy, dropped, tmp_path, monkeypatch, capsys):
    paths = write_project(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("screen: {", f"screen: {{label_conflict: {policy}, "))
    settings = PngImagePlugin.PngInfo()
    settings.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Model hash: abc")
    records = [make_record("photos", 0, encode(make_image(1), "PNG", pnginfo=settings))]
    write_collected(paths, "photos", [*records, make_record("photos", 1, encode(make_image(2)))])
    write_collected(paths, "fakes", [make_record("fakes", 0, encode(make_image(3)), Label.FAKE)])
    run_stage(monkeypatch, tmp_path, "screen", "photos")
    assert "evidence against the label 1" in capsys.readouterr().out
    evidence = pq.read_table(paths.screened("photos") / "manifest.parquet")["evidence"].to_pylist()
    assert evidence == ["ai", "none"]
    run_stage(monkeypatch, tmp_path, "screen", "fakes")
    run_stage(monkeypatch, tmp_path, "deduplicate")
    reasons = pq.read_table(paths.deduplicated / "duplicates.parquet")["reason"].to_pylist()
    assert Counter(reasons) == dropped
    assert pq.read_table(paths.keep_list("photos"))["rank"].to_pylist() == ([1] if dropped else [0, 1])


def test_what_opted_out_and_what_nobody_labelled_is_dropped(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    params = (tmp_path / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(params.replace("photos, label: REAL}", "photos}"))
    records = [make_record("photos", rank, encode(make_image(rank))) for rank in range(3)]
    records[1] = dataclasses.replace(records[1], http=Http(200, "image/jpeg", None, "https://a.org/1", "noai"))
    unlabelled = dataclasses.replace(records[2].candidate, label=None)
    records[2] = dataclasses.replace(records[2], candidate=unlabelled)
    write_collected(paths, "photos", records)
    found = {}
    for rights in ("strict", "research"):
        text = (tmp_path / "params.yaml").read_text().replace("rights: strict, ", "")
        (tmp_path / "params.yaml").write_text(text.replace("collect: {", f"collect: {{rights: {rights}, "))
        run_stage(monkeypatch, tmp_path, "screen", "photos")
        rejected = pq.read_table(paths.screened("photos") / "rejected.parquet").to_pylist()
        found[rights] = {row["rank"]: (row["reason"], row["detail"]) for row in rejected}
    unknown = ("no-label", "neither found with it nor stated in params.yaml")
    assert found == {"strict": {1: ("opted-out", "noai"), 2: unknown}, "research": {2: unknown}}
