"""What generators write: prompts and settings, in the text of a PNG or in EXIF."""

import re
from collections.abc import Iterator
from typing import Any

from PIL import Image

from pipeline.evidence.exif import read_exif
from pipeline.evidence.origin_evidence import MAX_BYTES, OriginEvidence

#: Stable Diffusion's web interfaces: "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, ...". A photographer may
#: write one of these words, but not three.
_SETTINGS = ("Steps: ", "Sampler: ", "CFG scale: ", "Seed: ")
#: ComfyUI's graphs, as the interface or as the server keeps them. One without a sampler generated nothing.
_GRAPH = re.compile(r'"(?:class_type|type)"\s{0,8}:\s{0,8}"[^"]{0,64}Sampler')
#: Fooocus keeps its settings as JSON.
_FOOOCUS = re.compile(r'"base_model"\s{0,8}:')
_PROGRAM = re.compile(
    r"stable diffusion|novelai|midjourney|dall[-·. ]?e\b|adobe firefly|comfyui|invokeai", re.IGNORECASE
)
#: Keys that nobody but InvokeAI writes.
_KEYS = ("invokeai_metadata", "invokeai_graph", "sd-metadata", "Dream")
_TAGS = ("UserComment", "ImageDescription", "Software", "Make", "Model", "XPComment")


def generator(image: Image.Image, data: bytes) -> Iterator[OriginEvidence]:  # noqa: ARG001 - all readers are called alike
    """Find the settings of Stable Diffusion, ComfyUI, InvokeAI, Fooocus or NovelAI, or the name of a generator."""
    for field, text in _texts(image):
        name = field.partition(":")[2]
        if name in _KEYS or _is_settings(text) or (name == "Software" and _PROGRAM.search(text)):
            yield OriginEvidence("ai", field)


def _texts(image: Image.Image) -> Iterator[tuple[str, str]]:
    """Give the texts that a file holds, and where: what Pillow found in front of the pixels, and EXIF."""
    if image.format == "PNG":
        for name, value in image.info.items():
            if isinstance(value, str):
                yield f"png:{name}"[:64], value[:MAX_BYTES]
    tags = read_exif(image)
    for name in _TAGS:
        if name in tags:
            yield f"exif:{name}", _as_text(tags[name])


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        # UserComment is UTF-16 of either order behind a prefix. All that is looked for is ASCII.
        return value[:MAX_BYTES].replace(b"\0", b"").decode("latin-1")
    return value[:MAX_BYTES] if isinstance(value, str) else ""


def _is_settings(text: str) -> bool:
    if sum(word in text for word in _SETTINGS) >= 3:
        return True
    return bool(_GRAPH.search(text) or _FOOOCUS.search(text))
