"""What a picture's file tells besides its pixels: size, format, compression, and what it says of its own origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.evidence.origin_evidence import Kind
    from pipeline.evidence.verifying import Signature

#: The columns of a screened manifest that tell how a file is stored.
STORAGE = ("format", "width", "height", "jpeg_quality")


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

    @property
    def short_side(self) -> int:
        """Return the length of the shorter side in pixels."""
        return min(self.width, self.height)

    @property
    def aspect(self) -> float:
        """Return how many times as long as the shorter side the longer one is."""
        return max(self.width, self.height) / self.short_side

    def describe(self) -> str:
        """Describe how the file is stored.

        >>> FileFacts("JPEG", 3000, 2000, 92).describe()
        'JPEG of quality 92, 3000x2000 pixels'
        """
        quality = "" if self.jpeg_quality is None else f" of quality {self.jpeg_quality}"
        return f"{self.format}{quality}, {self.width}x{self.height} pixels"
