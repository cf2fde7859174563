"""C2PA manifests: boxes of JUMBF, in APP11 segments of JPEG, the chunk caBX of PNG, the chunk C2PA of WebP.

Signatures are not checked, as that wants lists of whom to trust: what is read is a claim.
(C2PA specification 2.1, appendix A: embedding manifests.)
"""

from collections.abc import Iterator

from PIL import Image

from pipeline.evidence.origin_evidence import MAX_BYTES, OriginEvidence
from pipeline.evidence.source_type import read_source_types

#: In front of a piece of JUMBF in APP11: "JP", the number of the box (2 bytes) and of the piece (4), and the box's
#: length and type (4 each).
_PIECE = b"JP"
_PIECE_HEADER = 16

#: A WebP of more chunks is none that a program wrote for people.
MAX_CHUNKS = 1_000


def c2pa(image: Image.Image, data: bytes) -> Iterator[OriginEvidence]:
    """Tell whether there is a manifest, and what it asserts of the origin."""
    manifest = read_manifest(image, data)
    if b"jumb" in manifest[:64] and b"c2pa" in manifest:
        yield from read_source_types(manifest, "c2pa")
        yield OriginEvidence("none", "c2pa")


def read_manifest(image: Image.Image, data: bytes) -> bytes:
    """Read the JUMBF boxes of a file, or nothing; at most MAX_BYTES."""
    if image.format in ("JPEG", "MPO"):
        pieces = [body for name, body in getattr(image, "applist", ()) if name == "APP11" and body.startswith(_PIECE)]
        # The first piece keeps its box header; in the others it is repeated, and would cut a word in two.
        return b"".join(body[_PIECE_HEADER if number else 0 :] for number, body in enumerate(pieces))[:MAX_BYTES]
    if image.format == "PNG":
        chunks = getattr(image, "private_chunks", ())
        return b"".join(chunk[1] for chunk in chunks if chunk[0] == b"caBX")[:MAX_BYTES]
    return b"".join(_riff_chunks(data, b"C2PA"))[:MAX_BYTES] if image.format == "WEBP" else b""


def _riff_chunks(data: bytes, wanted: bytes) -> Iterator[bytes]:
    place = 12
    for _ in range(MAX_CHUNKS):
        name, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if name == wanted:
            yield data[place + 8 : place + 8 + min(size, MAX_BYTES)]
        # Chunks are padded to even sizes.
        place += 8 + size + size % 2
