"""What a file says of its own origin. Nothing of it is signed or checked: it is evidence, not proof."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["ai", "capture", "none"]

#: Metadata beyond this is not searched.
MAX_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class OriginEvidence:
    """One piece of evidence, and the field that it stood in. Kind ``none``: the field is there and says nothing."""

    kind: Kind
    field: str


#: Digital source types of the IPTC that a camera, a scanner or a trained model stands behind.
#: https://cv.iptc.org/newscodes/digitalsourcetype/
#: ``algorithmicMedia`` is no model's work (fractals), and ``c2pa.training-mining`` is about consent, not origin.
SOURCE_TYPES: dict[str, Kind] = {
    "trainedAlgorithmicMedia": "ai",
    "compositeWithTrainedAlgorithmicMedia": "ai",
    # "Composite including generative AI elements", as the IPTC calls it since 2024.
    "compositeSynthetic": "ai",
    "trainedAlgorithmicData": "ai",
    "digitalCapture": "capture",
    "computationalCapture": "capture",
    "negativeFilm": "capture",
    "positiveFilm": "capture",
    "print": "capture",
}
