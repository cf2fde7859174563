"""What a picture's file tells besides its pixels: size, format, compression, and what it says of its own origin."""

from dataclasses import dataclass
from typing import Any, Self

from PIL import Image

from pipeline.evidence import Provenance, find_evidence
from pipeline.evidence.origin_evidence import Kind
from pipeline.evidence.verifying import Signature
from pipeline.pictures.picture import PictureError, notes_on
from pipeline.screening.measurements import measure_file

#: The columns of a screened manifest that tell how a file is stored.
STORAGE = ("format", "width", "height", "jpeg_quality")


def read_evidence(image: Image.Image, data: bytes) -> Provenance:
    """Do as ``find_evidence``; what makes a reader fail says nothing, and is no fault of the pixels."""
    try:
        return find_evidence(image, data)
    except PictureError:
        raise
    except Exception:
        notes_on(image).append("evidence-ignored")
        return Provenance()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """How a file is stored, its evidence of origin, and whose signature stands under that.

    Sides in pixels; ``jpeg_quality`` is None where it is no JPEG.
    """

    format: str
    width: int
    height: int
    jpeg_quality: int | None = None
    evidence: Kind = "none"
    evidence_field: str | None = None
    signature: Signature | None = None

    @classmethod
    def read(cls, image: Image.Image, data: bytes) -> Self:
        """Read the facts of an opened picture and its bytes; nothing is decoded."""
        measured: dict[str, Any] = measure_file(image, data)
        found = read_evidence(image, data)
        stored = {name: measured[name] for name in STORAGE}
        return cls(**stored, evidence=found.kind, evidence_field=found.field, signature=found.signature)

    @property
    def short_side(self) -> int:
        """Give the length of the shorter side in pixels."""
        return min(self.width, self.height)

    @property
    def aspect(self) -> float:
        """Give how many times as long as the shorter side the longer one is."""
        return max(self.width, self.height) / self.short_side

    def describe(self) -> str:
        """Say how the file is stored.

        >>> FileFacts("JPEG", 3000, 2000, 92).describe()
        'JPEG of quality 92, 3000x2000 pixels'
        """
        quality = "" if self.jpeg_quality is None else f" of quality {self.jpeg_quality}"
        return f"{self.format}{quality}, {self.width}x{self.height} pixels"
