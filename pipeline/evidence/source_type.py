"""Digital source types: ``http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia`` and its like."""

import re
from collections.abc import Iterator

from PIL import Image

from pipeline.evidence.origin_evidence import MAX_BYTES, SOURCE_TYPES, OriginEvidence

#: In XMP the value is an attribute or the content of an element, in C2PA's CBOR a text right after the key. There the
#: first byte of what comes next may be a letter, so only whole known names are looked for.
_NAMED = re.compile(
    rb"digitalSourceType.{1,64}?digitalsourcetype/(" + "|".join(SOURCE_TYPES).encode() + rb")",
    re.IGNORECASE | re.DOTALL,
)
_CANONICAL = {name.lower(): name for name in SOURCE_TYPES}


def read_source_types(metadata: bytes, field: str) -> Iterator[OriginEvidence]:
    """Give what the source types in a blob of metadata say."""
    for match in _NAMED.finditer(metadata[:MAX_BYTES]):
        name = _CANONICAL[match[1].decode().lower()]
        yield OriginEvidence(SOURCE_TYPES[name], f"{field}:{name}")


def xmp(image: Image.Image, data: bytes) -> Iterator[OriginEvidence]:  # noqa: ARG001 - all readers are called alike
    """Read the IPTC's digital source type in the XMP packet."""
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    if packet and isinstance(packet, bytes):
        yield from read_source_types(packet, "xmp")
