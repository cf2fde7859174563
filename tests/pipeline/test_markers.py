"""Every marker of a generator, in every container that carries its field, beside what exiftool reads; and none where
there is none."""

import itertools
import json
import shutil
import struct
import subprocess
import zlib

import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from pipeline.evidence import find_evidence
from pipeline.evidence.containers import MAX_BYTES
from pipeline.evidence.markers import MARKERS
from pipeline.pictures.picture import open_picture
from tests.factories import encode, make_image

PICTURE = make_image(1, 32, 32)
UUID = "01234567-89ab-cdef-0123-456789abcdef"


def evidence(data):
    found = find_evidence(open_picture(data, 10**6), data)
    return found.kind, found.field


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def behind_pixels(chunk):
    data = encode(PICTURE, "PNG")
    return data[:-12] + chunk + data[-12:]


def in_png(name, text):
    info = PngImagePlugin.PngInfo()
    info.add_itxt(name, text)
    return encode(PICTURE, "PNG", pnginfo=info)


def in_exif(kind):
    def write(name, text):
        exif = Image.Exif()
        numbers = {"Software": 0x0131, "Make": 0x010F, "ImageDescription": 0x010E, "Artist": 0x013B}
        if name in numbers:
            exif[numbers[name]] = text
        else:
            exif[0x010E] = "x"
            exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode("utf-16-be")
        if kind == "TIFF":
            # Pillow takes the inner tags from here alone.
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            inner = exif.get_ifd(0x8769)
            tags.update({**exif, 0x8769: inner} if inner else dict(exif))
            return encode(PICTURE, kind, tiffinfo=tags)
        return encode(PICTURE, kind, exif=exif)

    return write


def packet(name, text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:some="urn:some"><some:{name}><rdf:Alt><rdf:li xml:lang="x-default">{escaped}</rdf:li>'
        f"</rdf:Alt></some:{name}></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def in_xmp(kind):
    def write(name, text):
        if kind == "PNG":
            return in_png("XML:com.adobe.xmp", packet(name, text).decode())
        if kind == "TIFF":
            return encode(PICTURE, "TIFF", tiffinfo={700: packet(name, text)})
        return encode(PICTURE, kind, xmp=packet(name, text))

    return write


def in_iptc(name, text):
    number = {"Credit": 110, "OriginatingProgram": 65}[name]
    record = b"\x1c\x02" + struct.pack(">BH", number, len(text)) + text.encode()
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(record)) + record + b"\0" * (len(record) % 2)
    segment = b"Photoshop 3.0\0" + resource
    data = encode(PICTURE)
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + data[2:]


def in_comment(_, text):
    return encode(PICTURE, comment=text.encode())


#: By the container's part of a field: who writes it.
WRITERS = {
    "png": [in_png],
    "exif": [in_exif(kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")],
    "xmp": [in_xmp(kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")],
    "iptc": [in_iptc],
    "jpeg": [in_comment],
}

A1111 = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"
SWARM = json.dumps({"sui_image_params": {"prompt": "a castle", "seed": 1, "steps": 20, "cfgscale": 7.0}})
EASY = json.dumps({"prompt": "a cat", "seed": 1, "use_stable_diffusion_model": "sd-v1-5", "num_inference_steps": 25})
DRAW = json.dumps({"c": "a cat", "uc": "", "model": "flux", "sampler": "Euler A", "scale": 7, "seed": 1, "steps": 20})
DRAW_WORDS = "a cat\n-dog\nSteps: 20, Sampler: DPM++ 2M Karras, Guidance Scale: 7.0, Seed: 1, Size: 512x512"
GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 1}}})
SERVICE = json.dumps({"1": {"class_type": "OpenAIGPTImage1", "inputs": {"prompt": "a cat"}}})
INTERFACE = json.dumps({"nodes": [{"id": 1, "type": "FluxProUltraImageNode"}]})
LABEL = json.dumps({"Label": "1", "ContentProducer": "doubao", "ProduceID": "7"})
JOB = f"a cat --ar 3:2 --v 6.1 Job ID: {UUID}"

#: For each row of MARKERS what the programs write, and where.
EXAMPLES = {
    "settings in words: Draw Things, mobile apps": [("xmp:description", DRAW_WORDS), ("jpeg:comment", DRAW_WORDS)],
    "settings in JSON: SwarmUI, Easy Diffusion, Draw Things": [
        ("png:parameters", SWARM),
        ("exif:UserComment", SWARM),
        ("exif:UserComment", EASY),
        ("xmp:UserComment", DRAW),
    ],
    "ComfyUI": [
        ("png:prompt", GRAPH),
        ("png:prompt", SERVICE),
        ("png:workflow", INTERFACE),
        ("exif:Make", f"Prompt:{GRAPH}"),
    ],
    "TC260 label: Doubao, Jimeng, Kling, Qwen": [
        ("xmp:AIGC", LABEL),
        ("png:AIGC", LABEL),
        ("exif:UserComment", LABEL),
    ],
    "InvokeAI": [("png:invokeai_metadata", "{}"), ("png:sd-metadata", "{}"), ("png:Dream", "a cat -s 20")],
    "Fooocus": [("png:fooocus_scheme", "fooocus")],
    "Easy Diffusion": [("png:use_stable_diffusion_model", "sd-v1-5")],
    "Midjourney": [("png:Description", JOB), ("xmp:description", JOB), ("exif:ImageDescription", JOB)],
    "IPTC 2025.1: the AI system used": [("xmp:AISystemUsed", "Some Model"), ("xmp:AIPromptInformation", "a cat")],
    "credit line: Google, Meta": [("xmp:Credit", "Made with Google AI"), ("iptc:Credit", "Made with Google AI")],
    "known product": [
        ("png:Software", "Midjourney"),
        ("exif:Software", "DALL-E 3"),
        ("xmp:CreatorTool", "Adobe Firefly"),
        ("iptc:OriginatingProgram", "Stable Diffusion XL"),
    ],
    "known product as the camera's maker": [("exif:Make", "Ideogram AI")],
}


def test_every_marker_has_examples():
    assert list(EXAMPLES) == [marker.name for marker in MARKERS]


WRITTEN = [
    (write, field, text)
    for field, text in itertools.chain.from_iterable(EXAMPLES.values())
    for write in WRITERS[field.partition(":")[0]]
] + [(write, "png:parameters", A1111) for write in WRITERS["png"]]


@pytest.mark.parametrize(("write", "field", "text"), WRITTEN)
def test_what_generators_write_is_read_from_every_container(write, field, text):
    assert evidence(write(field.partition(":")[2], text)) == ("ai", field)


PRODUCTS = """\
DALL-E|DALL·E 3|OpenAI DALL-E 3|ChatGPT|Adobe Firefly|Firefly|Imagen|Google Imagen 3|Imagen 4 Ultra
|Stable Diffusion|stable-diffusion-webui|Midjourney|Midjourney v6|Leonardo|Leonardo.Ai|Ideogram|Ideogram 2.0
|Flux|FLUX.1 [dev]|Recraft|Recraft V3|Bing Image Creator|Gemini|Gemini 2.5 Flash Image|Google Gemini|Grok
|xAI Grok|Grok 2 Image|NovelAI|Fooocus v2.5|InvokeAI|ComfyUI|SwarmUI|Easy Diffusion|Draw Things|DreamStudio
|Playground AI|NightCafe|Craiyon|Seedream 4.0|Kandinsky|reve.com|Krea AI|Image Creator from Designer
|Microsoft Bing Image Creator|Black Forest Labs|Apple Image Playground|Sora
""".replace("\n", "")


@pytest.mark.parametrize("name", PRODUCTS.split("|"))
def test_the_names_of_products_are_known(name):
    assert evidence(in_exif("JPEG")("Software", name))[0] == "ai"
    assert evidence(in_xmp("PNG")("CreatorTool", name))[0] == "ai"


PROGRAMS = """\
Adobe Photoshop 25.0|Adobe Photoshop Lightroom Classic 13.2|Google|Picasa|HDR+ 1.0.345618096zd
|Topaz Photo AI 3.0|Luminar AI|Imagen AI|DxO PhotoLab 7|Capture One 23|Snapseed 2.0|GIMP 2.10|darktable 4.4
|Photoshop Express|Aurora HDR 2019|17.4.1|Leonardo DRS|PicsArt|Canva|Gemini PhotoScan pro
|MediaTek Camera Application|Google Photos|ImageMagick|Windows Photo Editor 10.0|Ver.1.00|Affinity Photo 2
|Flux capacitor|f.lux
""".replace("\n", "")

#: What people and programs write of photographs.
INNOCENT = [
    *(("exif:Software", name) for name in PROGRAMS.split("|")),
    ("xmp:Credit", "Edited with Luminar AI"),
    ("xmp:Credit", "Photo: Jane Doe / AI Photography Ltd"),
    ("iptc:Credit", "AP"),
    ("exif:ImageDescription", "The steps: up the hill. Seed: tomato. I like Stable Diffusion and Midjourney."),
    ("exif:ImageDescription", "Sampler: a stitched sampler of 1820, linen"),
    ("exif:UserComment", "Steps: 9000, Distance: 6.1 km"),
    ("exif:UserComment", '{"steps": 9000, "seed": "tomato"}'),
    ("exif:Make", "Leonardo"),
    ("jpeg:comment", "CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90"),
    ("xmp:DigitalSourceType", "algorithmicMedia"),
    ("xmp:DigitalSourceType", "humanEdits"),
    ("xmp:AIPromptWriterName", "Jane"),
    ("xmp:AIGC", '{"Label":"2","ContentProducer":"doubao"}'),
    ("png:prompt", '{"1": {"class_type": "LoadImage"}, "2": {"class_type": "RecraftCrispUpscaleNode"}}'),
    ("png:prompt", '{"1": {"class_type": "FluxKontextImageScale"}, "2": {"class_type": "KSamplerSelect"}}'),
    ("png:Comment", "what a nice prompt"),
    ("png:Description", "Job ID: 7"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "text"), INNOCENT)
def test_photographs_are_never_called_generated(field, text):
    container, _, name = field.partition(":")
    for write in WRITERS[container]:
        assert evidence(write(name, text)) == ("none", None)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("trainedAlgorithmicMedia", "ai"),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", "ai"),
        ("https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia/", "ai"),
        ("digsrctype:compositeWithTrainedAlgorithmicMedia", "ai"),
        ("compositeSynthetic", "ai"),
        ("TRAINEDALGORITHMICMEDIA", "ai"),
        ("digitalCapture", "capture"),
        ("computationalCapture", "capture"),
        ("digitalCreation", "none"),
    ],
)
@pytest.mark.parametrize("kind_of_file", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_digital_source_types_are_read_however_they_are_written(kind_of_file, value, kind):
    assert evidence(in_xmp(kind_of_file)("DigitalSourceType", value))[0] == kind


def test_groks_pair_of_tags_is_known_and_half_of_it_is_not():
    exif = Image.Exif()
    exif[0x010E] = "Signature: " + "QUJD" * 40
    assert evidence(encode(PICTURE, exif=exif))[0] == "none"
    exif[0x013B] = UUID
    assert evidence(encode(PICTURE, exif=exif)) == ("ai", "exif:ImageDescription")


def test_text_behind_the_pixels_packed_or_not_is_read():
    assert evidence(behind_pixels(png_chunk(b"tEXt", b"parameters\0" + A1111.encode()))) == ("ai", "png:parameters")
    packed = b"parameters\0\0" + zlib.compress(A1111.encode())
    assert evidence(behind_pixels(png_chunk(b"zTXt", packed))) == ("ai", "png:parameters")
    digits = b"Exif\0\0" + in_exif_block("Software", "Midjourney")
    profile = f"\nexif\n{len(digits):8}\n{digits.hex()}\n".encode()
    body = b"Raw profile type exif\0\0" + zlib.compress(profile)
    assert evidence(behind_pixels(png_chunk(b"zTXt", body))) == ("ai", "exif:Software")


def in_exif_block(name, text):
    exif = Image.Exif()
    exif[{"Software": 0x0131}[name]] = text
    return exif.tobytes().removeprefix(b"Exif\0\0")


def test_what_unpacks_to_more_than_the_bound_is_cut():
    bomb = b"x\0\0" + zlib.compress(b"A" * (MAX_BYTES + 100) + A1111.encode())
    data = behind_pixels(png_chunk(b"zTXt", bomb) * 3 + png_chunk(b"tEXt", b"parameters\0" + A1111.encode()))
    assert evidence(data) == ("none", None)


@pytest.mark.parametrize(
    ("field", "text", "licence"),
    [
        ("xmp:WebStatement", "https://creativecommons.org/licenses/by-sa/4.0/", None),
        ("xmp:license", "http://creativecommons.org/publicdomain/zero/1.0/", None),
        ("xmp:UsageTerms", "CC BY 4.0", None),
        ("xmp:rights", "Copyright 2024 Jane Doe. All rights reserved.", "all rights reserved"),
        ("xmp:UsageTerms", "Ask me first", None),
        ("xmp:rights", "Jane Doe", "none"),
    ],
)
def test_licences_in_files_are_read(field, text, licence):
    for write in WRITERS["xmp"]:
        data = write(field.partition(":")[2], text)
        found = find_evidence(open_picture(data, 10**6), data).licence
        assert found == {None: text, "none": None}.get(licence, licence)


EXIFTOOL = shutil.which("exiftool")
#: exiftool's names of tags, and ours.
TAGS = {
    "XMP-iptcExt:DigitalSourceType": ("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", "ai"),
    "XMP-photoshop:Credit": ("Made with Google AI", "ai"),
    "XMP-xmp:CreatorTool": ("Adobe Firefly", "ai"),
    "XMP-dc:Description": (JOB, "ai"),
    "IPTC:Credit": ("Made with Google AI", "ai"),
    "IFD0:Software": ("Midjourney", "ai"),
    "ExifIFD:UserComment": (SWARM, "ai"),
    "IFD0:ImageDescription": ("a hill", "none"),
}


def ask_exiftool(*arguments):
    """Ask exiftool: one process for many commands, as each takes a second to start."""
    return subprocess.run([EXIFTOOL, *arguments], check=True, capture_output=True).stdout


@pytest.mark.skipif(EXIFTOOL is None, reason="exiftool is not installed")
def test_what_exiftool_writes_and_reads_is_read_the_same(tmp_path):
    files, commands = {}, []
    for kind, tag in itertools.product(["JPEG", "PNG", "TIFF", "WEBP", "AVIF"], TAGS):
        if tag.startswith("IPTC") and kind not in ("JPEG", "TIFF"):
            continue  # Only these keep it.
        file = files[kind, tag] = tmp_path / f"{len(files)}.{kind.lower()}"
        file.write_bytes(encode(PICTURE, kind))
        commands += ["-execute", f"-{tag}={TAGS[tag][0]}", file]
    ask_exiftool(*commands[1:], "-common_args", "-q", "-overwrite_original")
    answers = json.loads(ask_exiftool("-j", "-G1", "-n", *files.values()))
    for ((kind, tag), file), answer in zip(files.items(), answers, strict=True):
        value, kind_of_evidence = TAGS[tag]
        assert answer[tag] == value, (kind, tag)
        assert evidence(file.read_bytes())[0] == kind_of_evidence, (kind, tag)


@pytest.mark.skipif(EXIFTOOL is None, reason="exiftool is not installed")
def test_exiftool_reads_from_our_examples_what_we_read(tmp_path):
    files = []
    for number, (write, field, text) in enumerate(WRITTEN):
        container, _, name = field.partition(":")
        if container in ("exif", "jpeg", "iptc"):
            file = tmp_path / f"{number}"
            file.write_bytes(write(name, text))
            files.append((file, field, text))
    answers = json.loads(ask_exiftool("-j", "-a", "-G0", "-n", *(file for file, _, _ in files)))
    groups = {"exif": "EXIF", "jpeg": "File", "iptc": "IPTC"}
    for (_, field, text), answer in zip(files, answers, strict=True):
        container, _, name = field.partition(":")
        read = answer[f"{groups[container]}:{name[0].upper()}{name[1:]}"]
        # Numbers and JSON among the texts come as such.
        assert str(read).replace("..", "\n").split() == text.split() or read == json.loads(text)
