"""The registry of what tells an origin by text: one row per marker, with the fields that it stands in.

A field is CONTAINER:NAME, such as ``png:parameters``, ``exif:Software``, ``xmp:CreatorTool``, ``iptc:Credit``,
``jpeg:comment``; a marker names fields without their container, in lower case, as all containers carry all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.evidence.generator import holds_settings, is_graph, is_labelled, lists_settings, names_job
from pipeline.evidence.origin_evidence import SOURCE_TYPES, OriginEvidence
from pipeline.evidence.products import credits_generator, names_generator, names_maker


@dataclass(frozen=True, slots=True)
class Marker:
    """A text that says AI: what writes it, in which ``fields`` (None: in any), and whether a text ``is_one``."""

    name: str
    fields: frozenset[str] | None
    is_one: Callable[[str], bool]


def _fields(names: str) -> frozenset[str]:
    return frozenset(names.lower().split())


PROGRAMS = _fields(
    "Software CreatorTool Creator_Tool ProcessingSoftware OriginatingProgram Generator Source ImageEditingSoftware"
    " RAWDevelopingSoftware"
)
CREDITS = _fields("Credit")
DESCRIPTIONS = _fields("Description ImageDescription Caption comment UserComment XPComment XPTitle")

#: Looked at in this order for each text.
MARKERS = (
    Marker("settings in words: Draw Things, mobile apps", None, lists_settings),
    Marker("settings in JSON: SwarmUI, Easy Diffusion, Draw Things", None, holds_settings),
    Marker("ComfyUI", None, is_graph),
    Marker("TC260 label: Doubao, Jimeng, Kling, Qwen", None, is_labelled),
    Marker("InvokeAI", _fields("invokeai_metadata invokeai_graph invokeai_workflow sd-metadata Dream"), bool),
    Marker("Fooocus", _fields("fooocus_scheme"), bool),
    Marker("Easy Diffusion", _fields("use_stable_diffusion_model"), bool),
    Marker("Midjourney", DESCRIPTIONS, names_job),
    Marker("IPTC 2025.1: the AI system used", _fields("AISystemUsed AIPromptInformation"), bool),
    Marker("credit line: Google, Meta", CREDITS, credits_generator),
    Marker("known product", PROGRAMS, names_generator),
    Marker("known product as the camera's maker", _fields("Make"), names_maker),
)

_TYPES = {name.lower(): name for name in SOURCE_TYPES}


def read_text(field: str, text: str) -> OriginEvidence | None:
    """Return what a text under a field says of the origin; None where nothing.

    >>> read_text("exif:Software", "Adobe Firefly")
    OriginEvidence(kind='ai', field='exif:Software')
    >>> read_text("xmp:DigitalSourceType", "digitalCapture")
    OriginEvidence(kind='capture', field='xmp:digitalCapture')
    """
    container, _, name = field.partition(":")
    name = name.lower()
    if name == "digitalsourcetype":
        return _read_source_type(container, text)
    for marker in MARKERS:
        if (marker.fields is None or name in marker.fields) and marker.is_one(text):
            return OriginEvidence("ai", field)
    return None


def _read_source_type(container: str, text: str) -> OriginEvidence | None:
    """Read a digital source type: a name of IPTC's vocabulary, bare, behind a prefix or as an address."""
    last = text.strip().rstrip("/").replace("#", "/").replace(":", "/").rpartition("/")[2].strip()
    name = _TYPES.get(last.lower())
    return OriginEvidence(SOURCE_TYPES[name], f"{container}:{name}") if name else None
