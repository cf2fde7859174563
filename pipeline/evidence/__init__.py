"""What a file says of its own origin: a tri-state, {ai, capture, none}, with the field that says it.

A reader is a function ``metadata -> findings``; nothing is decoded. All of it is untrusted: readers are bounded, and
what they cannot make sense of says nothing. ``none`` is what most files say, so it proves nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from PIL import Image

from pipeline.evidence.c2pa import is_manifest, read_assertions
from pipeline.evidence.camera import is_exposed
from pipeline.evidence.embedded_licence import read_licence
from pipeline.evidence.exif import decode_text
from pipeline.evidence.generator import is_signed_by_grok, parse_settings
from pipeline.evidence.markers import read_text
from pipeline.evidence.metadata import Metadata, read_metadata
from pipeline.evidence.origin_evidence import Kind, OriginEvidence
from pipeline.evidence.verifying import VERIFIER, Signature
from pipeline.pictures.picture import PictureError, notes_on
from pipeline.pictures.picture_headers import has_metadata
from pipeline.storage.labels import Label


def c2pa(metadata: Metadata) -> Iterator[OriginEvidence]:
    """Find a C2PA manifest, and what it asserts."""
    if is_manifest(metadata.manifest):
        yield from read_assertions(metadata.manifest)


def settings(metadata: Metadata) -> Iterator[OriginEvidence]:
    """Find a generator's settings, with sd-parsers, which knows their keys in a PNG; elsewhere they have none."""
    if key := parse_settings({field[4:]: text for field, text in metadata.texts if field.startswith("png:")}):
        yield OriginEvidence("ai", f"png:{key}")
    for field, text in metadata.texts:
        # No settings are without it, and nearly all else is.
        if "Sampler" in text and parse_settings({"parameters": text}):
            yield OriginEvidence("ai", field)


def texts(metadata: Metadata) -> Iterator[OriginEvidence]:
    """Find what is registered in MARKERS."""
    for field, text in metadata.texts:
        if finding := read_text(field, text):
            yield finding


def grok(metadata: Metadata) -> Iterator[OriginEvidence]:
    """Find xAI's pair of tags."""
    description, artist = (decode_text(name, metadata.exif.get(name)) for name in ("ImageDescription", "Artist"))
    if is_signed_by_grok(description, artist):
        yield OriginEvidence("ai", "exif:ImageDescription")


def camera(metadata: Metadata) -> Iterator[OriginEvidence]:
    """Find a camera's EXIF."""
    if is_exposed(metadata.exif):
        yield OriginEvidence("capture", "exif:Make")


#: The strongest first.
READERS: tuple[Callable[[Metadata], Iterator[OriginEvidence]], ...] = (c2pa, settings, texts, grok, camera)

#: What a file of either class should not say.
AGAINST: dict[Label, Kind] = {Label.REAL: "ai", Label.FAKE: "capture"}


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a file says of its origin: the kind, the field that says so, whose signature stands under it, if it is
    C2PA that says so, and the licence that stands in the file.
    """

    kind: Kind = "none"
    field: str | None = None
    signature: Signature | None = None
    licence: str | None = None

    def row(self) -> dict[str, str | None]:
        """Return the columns of the screened manifest."""
        return {
            "evidence": self.kind,
            "evidence_field": self.field,
            "evidence_signature": self.signature.state if self.signature else None,
            "evidence_signer": self.signature.signer if self.signature else None,
            "license_in_file": self.licence,
        }


def find_evidence(image: Image.Image, data: bytes) -> Provenance:
    """Sum up what a file says of its origin.

    Who says AI is believed before who says camera: that costs a picture its value, and a camera is easily copied in.
    """
    if not has_metadata(image):
        return Provenance()
    try:
        metadata = read_metadata(image, data)
        finding = _weigh(finding for read in READERS for finding in read(metadata))
        signature = None
        if is_manifest(metadata.manifest):
            signature = VERIFIER.ask(metadata.media_type, data)
            if finding.kind == "capture" and finding.field.startswith("c2pa:") and signature.state not in HOLDING:
                # Nobody gains by saying AI of a photograph. To say camera of a fake, one would change a manifest.
                finding = OriginEvidence("none", finding.field)
        return Provenance(finding.kind, finding.field or None, signature, read_licence(metadata))
    except PictureError:
        raise  # Its time is over.
    except Exception:
        # Whatever a stranger wrote into a file: what cannot be read says nothing, and the picture may be whole.
        return Provenance()


#: What a signature must be for a manifest to speak for a camera.
HOLDING = ("trusted", "valid")


def _weigh(found: Iterable[OriginEvidence]) -> OriginEvidence:
    others: list[OriginEvidence] = []
    for finding in found:
        if finding.kind == "ai":
            return finding
        others.append(finding)
    captures = (finding for finding in others if finding.kind == "capture")
    return next(captures, others[0] if others else OriginEvidence("none", ""))


def read_evidence(image: Image.Image, data: bytes) -> Provenance:
    """Do as ``find_evidence``; what makes a reader fail says nothing, and is no fault of the pixels."""
    try:
        return find_evidence(image, data)
    except PictureError:
        raise
    except Exception:
        notes_on(image).append("evidence-ignored")
        return Provenance()
