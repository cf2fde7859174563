"""What a C2PA manifest asserts of the origin: read from its boxes of JUMBF, of all manifests that it holds.

(C2PA specification 2.1: appendix A, where files keep manifests; 18.10, digital source types in actions.)
"""

import re
from collections.abc import Iterator

from pipeline.evidence.origin_evidence import SOURCE_TYPES, OriginEvidence

#: In CBOR the value is a text right after the key. The first byte of what comes next may be a letter, so only whole
#: known names are looked for.
_NAMED = re.compile(
    rb"digitalSourceType.{1,64}?digitalsourcetype/(" + "|".join(SOURCE_TYPES).encode() + rb")",
    re.IGNORECASE | re.DOTALL,
)
_CANONICAL = {name.lower(): name for name in SOURCE_TYPES}


def is_manifest(jumbf: bytes) -> bool:
    """Return whether boxes of JUMBF hold a C2PA manifest."""
    return b"jumb" in jumbf[:64] and b"c2pa" in jumbf


def read_assertions(jumbf: bytes) -> Iterator[OriginEvidence]:
    """Return what the source types in a manifest say; at least that it is there."""
    for match in _NAMED.finditer(jumbf):
        name = _CANONICAL[match[1].decode().lower()]
        yield OriginEvidence(SOURCE_TYPES[name], f"c2pa:{name}")
    yield OriginEvidence("none", "c2pa")
