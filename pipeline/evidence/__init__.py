"""What a file says of its own origin: a tri-state, {ai, capture, none}, with the field that says it.

A reader is a function ``(image, data) -> findings`` on an opened picture and its bytes; nothing is decoded. All of it
is untrusted: readers are bounded, and what they cannot make sense of says nothing. ``none`` is what most files say, so
it proves nothing.
"""

from collections.abc import Callable, Iterator

from PIL import Image

from pipeline.evidence.c2pa import c2pa
from pipeline.evidence.camera import camera
from pipeline.evidence.generator import generator
from pipeline.evidence.origin_evidence import Kind, OriginEvidence
from pipeline.evidence.source_type import xmp
from pipeline.pictures.picture_headers import has_metadata
from pipeline.storage.labels import Label

#: The strongest first.
READERS: tuple[Callable[[Image.Image, bytes], Iterator[OriginEvidence]], ...] = (c2pa, xmp, generator, camera)

#: What a file of either class should not say.
AGAINST: dict[Label, Kind] = {Label.REAL: "ai", Label.FAKE: "capture"}


def find_evidence(image: Image.Image, data: bytes) -> tuple[Kind, str | None]:
    """Sum up what a file says of its origin: the kind, and the field that says so.

    Who says AI is believed before who says camera: that costs a picture its value, and a camera is easily copied in.
    """
    if not has_metadata(image):
        return "none", None
    found = [finding for read in READERS for finding in read(image, data)]
    for kind in ("ai", "capture", "none"):
        for finding in found:
            if finding.kind == kind:
                return finding.kind, finding.field
    return "none", None
