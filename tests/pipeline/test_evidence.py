"""What files say of their origin, in the containers and under the fields that cameras and generators use."""

import json
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin, TiffImagePlugin
from PIL.TiffImagePlugin import IFDRational

from pipeline.evidence import find_evidence
from pipeline.evidence.containers import C2PA_BOX
from pipeline.evidence.verifying import Signature
from pipeline.pictures.picture import PictureError, open_picture
from tests.factories import encode, make_image
from tests.pipeline.signing import SOURCE_TYPE

PICTURE = make_image(1, 32, 32)
SETTINGS = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"
GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}})
UPSCALING = json.dumps({"1": {"class_type": "LoadImage"}, "2": {"class_type": "ImageUpscaleWithModel"}})


def find(data):
    return find_evidence(open_picture(data, 10**6), data)


def evidence(data):
    found = find(data)
    return found.kind, found.field


def box(kind, content):
    return struct.pack(">I4s", len(content) + 8, kind) + content


def labelled(label, *content):
    description = box(b"jumd", bytes(16) + b"\x03" + label + b"\0")
    return box(b"jumb", description + b"".join(content))


def text(value):
    """A text in CBOR."""
    data = value.encode()
    return (bytes([0x60 + len(data)]) if len(data) < 24 else bytes([0x78, len(data)])) + data


def manifest(source_type=None):
    """A C2PA manifest store of one manifest, unsigned, whose action has a source type."""
    action = text("action") + text("c2pa.created")
    if source_type:
        # Of a map's keys the longer ones come last. The header of the next text is a letter.
        action += text("digitalSourceType") + text(SOURCE_TYPE + source_type)
        action += text("softwareAgentName") + text("Some Model")
    cbor = b"\xa1" + text("actions") + b"\x81" + bytes([0xA3 if source_type else 0xA1]) + action
    actions = labelled(b"c2pa.actions.v2", box(b"cbor", cbor))
    return labelled(b"c2pa", labelled(b"urn:uuid:1", labelled(b"c2pa.assertions", actions)))


def in_jpeg(jumbf, cut=None):
    """In one APP11 segment, or in two of the same box, cut at some byte."""
    pieces = [jumbf] if cut is None else [jumbf[:cut], jumbf[:8] + jumbf[cut:]]
    segments = b"".join(
        struct.pack(">2sH2sHI", b"\xff\xeb", 10 + len(piece), b"JP", 1, number) + piece
        for number, piece in enumerate(pieces, start=1)
    )
    data = encode(PICTURE)
    return data[:2] + segments + data[2:]


def in_png(jumbf):
    data = encode(PICTURE, "PNG")
    chunk = struct.pack(">I", len(jumbf)) + b"caBX" + jumbf + struct.pack(">I", zlib.crc32(b"caBX" + jumbf))
    return data[:33] + chunk + data[33:]


def in_webp(jumbf):
    exif = Image.Exif()
    exif[0x010E] = "so that the file is of the kind that has chunks"
    data = encode(PICTURE, "WEBP", exif=exif) + b"C2PA" + struct.pack("<I", len(jumbf)) + jumbf
    data += b"\0" * (len(jumbf) % 2)
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def in_tiff(jumbf):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[0xCD41] = 7
    tags[0xCD41] = jumbf
    return encode(PICTURE, "TIFF", tiffinfo=tags)


def in_avif(jumbf):
    """Behind all else, as some write it; others write it in front."""
    return encode(PICTURE, "AVIF") + box(b"uuid", C2PA_BOX + bytes(4) + b"manifest\0" + bytes(8) + jumbf)


def in_gif(jumbf):
    pieces = [jumbf[start : start + 255] for start in range(0, len(jumbf), 255)]
    blocks = b"".join(bytes([len(piece)]) + piece for piece in pieces)
    return encode(PICTURE, "GIF").removesuffix(b";") + b"\x21\xff\x0bC2PA_GIF\1\0\0" + blocks + b"\0;"


@pytest.mark.parametrize("embed", [in_jpeg, in_png, in_webp, in_tiff, in_avif, in_gif])
def test_a_manifest_is_found_in_every_container(embed):
    trained = "trainedAlgorithmicMedia"
    assert evidence(embed(manifest(trained))) == ("ai", f"c2pa:{trained}")
    assert evidence(embed(manifest("compositeSynthetic"))) == ("ai", "c2pa:compositeSynthetic")
    # Fractals come from an algorithm that nobody trained.
    assert evidence(embed(manifest("algorithmicMedia"))) == ("none", "c2pa")
    assert evidence(embed(manifest())) == ("none", "c2pa")
    # That it was a camera is believed to a manifest only if it is signed.
    assert evidence(embed(manifest("digitalCapture"))) == ("none", "c2pa:digitalCapture")
    assert find(embed(manifest())).signature == Signature("unreadable")
    text = b"no boxes at all, but digitalSourceType " + SOURCE_TYPE.encode() + trained.encode()
    assert evidence(embed(text)) == ("none", None)


def test_a_manifest_in_several_segments_is_put_together():
    jumbf = manifest("trainedAlgorithmicMedia")
    for cut in range(jumbf.index(b"digitalSourceType"), len(jumbf), 7):
        assert evidence(in_jpeg(jumbf, cut))[0] == "ai"


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" %s</rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize(
    "packet",
    [
        XMP % f'Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}trainedAlgorithmicMedia"/>',
        XMP % f"><Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>"
        "</rdf:Description>",
        XMP
        % f'><Iptc4xmpExt:DigitalSourceType rdf:resource="{SOURCE_TYPE}trainedAlgorithmicMedia"/></rdf:Description>',
    ],
    ids=["attribute", "element", "resource"],
)
def test_the_iptcs_source_type_is_read_from_xmp(packet):
    itxt = PngImagePlugin.PngInfo()
    itxt.add_itxt("XML:com.adobe.xmp", packet)
    expected = ("ai", "xmp:trainedAlgorithmicMedia")
    assert evidence(encode(PICTURE, xmp=packet.encode())) == expected
    assert evidence(encode(PICTURE, "WEBP", xmp=packet.encode())) == expected
    assert evidence(encode(PICTURE, "PNG", pnginfo=itxt)) == expected
    assert evidence(encode(PICTURE, xmp=packet.replace("trainedAlg", "alg").encode())) == ("none", None)


def with_text(**texts):
    info = PngImagePlugin.PngInfo()
    for name, value in texts.items():
        info.add_text(name.replace("_", "-") if name.startswith("sd") else name, value, zip=len(value) > 60)
    return encode(PICTURE, "PNG", pnginfo=info)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"parameters": SETTINGS}, ("ai", "png:parameters")),
        ({"parameters": json.dumps({"base_model": "sdxl", "seed": 1})}, ("ai", "png:parameters")),
        ({"prompt": GRAPH}, ("ai", "png:prompt")),
        ({"workflow": '{"nodes": [{"type": "KSamplerAdvanced"}]}'}, ("ai", "png:workflow")),
        ({"prompt": UPSCALING}, ("none", None)),
        ({"invokeai_metadata": "{}"}, ("ai", "png:invokeai_metadata")),
        ({"sd_metadata": "{}"}, ("ai", "png:sd-metadata")),
        ({"Software": "NovelAI"}, ("ai", "png:Software")),
        ({"Software": "Adobe Photoshop 25"}, ("none", None)),
        ({"Description": "Steps: up the hill. I like Stable Diffusion."}, ("none", None)),
    ],
    ids=str,
)
def test_what_generators_write_into_a_png_is_read(texts, expected):
    assert evidence(with_text(**texts)) == expected


def with_exif(kind="JPEG", comment=None, **tags):
    exif = Image.Exif()
    numbers = {"Make": 0x010F, "Model": 0x0110, "Software": 0x0131}
    for name in tags.keys() & numbers.keys():
        exif[numbers[name]] = tags[name]
    inner = exif.get_ifd(0x8769)
    exposure = {"ExposureTime": 0x829A, "FNumber": 0x829D, "ISOSpeedRatings": 0x8827}
    for name in tags.keys() & exposure.keys():
        inner[exposure[name]] = tags[name]
    if comment:
        exif[0x010E] = "without a tag of the first kind, Pillow writes no EXIF into a PNG"
        inner[0x9286] = comment
    if kind == "TIFF":
        # Pillow takes the inner tags from here alone.
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags.update({**exif, 0x8769: inner} if inner else dict(exif))
        return encode(PICTURE, kind, tiffinfo=tags)
    return encode(PICTURE, kind, exif=exif)


EXPOSURE = {"ExposureTime": IFDRational(1, 125), "FNumber": IFDRational(28, 10), "ISOSpeedRatings": 200}


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "TIFF", "AVIF"])
@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"comment": b"UNICODE\0" + SETTINGS.encode("utf-16-be")}, ("ai", "exif:UserComment")),
        ({"comment": b"UNICODE\0" + SETTINGS.encode("utf-16-le")}, ("ai", "exif:UserComment")),
        ({"comment": b"ASCII\0\0\0" + SETTINGS.encode()}, ("ai", "exif:UserComment")),
        ({"Make": "Canon", "Model": "EOS R5", **EXPOSURE}, ("capture", "exif:Make")),
        ({"Make": "Canon", "Model": "EOS R5"}, ("none", None)),
        ({"Make": "Acme", "Model": "EOS R5", **EXPOSURE}, ("none", None)),
        # Where some nodes of ComfyUI keep their graph.
        ({"Make": "workflow:{}", "Model": "prompt:" + GRAPH, **EXPOSURE}, ("ai", "exif:Model")),
        ({"Make": "Canon", "Model": "EOS R5", "Software": "ComfyUI", **EXPOSURE}, ("ai", "exif:Software")),
        ({}, ("none", None)),
    ],
    ids=lambda value: "",
)
def test_exif_is_read_for_cameras_and_for_generators(kind, tags, expected):
    assert evidence(with_exif(kind, **tags)) == expected


@given(
    st.sampled_from(["exif", "c2pa", "png", "webp", "avif", "tiff", "xmp"]),
    st.integers(0, 10**9),
    st.binary(max_size=60),
)
@settings(max_examples=120, deadline=None)
def test_broken_metadata_never_stops_the_screening(kind, place, noise):
    data = {
        "exif": with_exif(comment=SETTINGS.encode(), Make="Canon", Model="EOS R5", **EXPOSURE),
        "c2pa": in_jpeg(manifest("trainedAlgorithmicMedia"), 90),
        "png": in_png(manifest("trainedAlgorithmicMedia")),
        "webp": in_webp(manifest("trainedAlgorithmicMedia")),
        "avif": in_avif(manifest("trainedAlgorithmicMedia")),
        "tiff": with_exif("TIFF", comment=SETTINGS.encode(), Make="Canon", Model="EOS R5", **EXPOSURE),
        "xmp": encode(PICTURE, xmp=(XMP % f'x:DigitalSourceType="{SOURCE_TYPE}digitalCapture"/>').encode()),
    }[kind]
    place %= len(data)
    data = data[:place] + noise + data[place + len(noise) :]
    try:
        picture = open_picture(data, 10**6)
    except PictureError:
        return
    assert find_evidence(picture, data).kind in ("ai", "capture", "none")
