"""What cameras write: who made them, and how the picture was exposed.

Weak evidence, as anybody can write it; so a maker alone is not enough. (Some nodes of ComfyUI keep their graph in the
tags Make and Model.)
"""

from collections.abc import Iterator

from PIL import Image

from pipeline.evidence.exif import read_exif
from pipeline.evidence.origin_evidence import OriginEvidence

# fmt: off
MAKERS = (
    "apple", "asus", "canon", "casio", "dji", "eastman kodak", "fuji", "google", "gopro", "hasselblad",
    "hewlett-packard", "hmd", "honor", "htc", "huawei", "kodak", "konica", "kyocera", "leica", "lg", "mamiya",
    "minolta", "motorola", "nikon", "nokia", "nothing", "olympus", "om digital", "oneplus", "oppo", "panasonic",
    "pentax", "phase one", "realme", "ricoh", "samsung", "sanyo", "sharp", "sigma", "sony", "vivo", "xiaomi", "zte",
)
# fmt: on
EXPOSURE = ("ExposureTime", "FNumber", "ISOSpeedRatings", "FocalLength", "DateTimeOriginal")


def camera(image: Image.Image, data: bytes) -> Iterator[OriginEvidence]:  # noqa: ARG001 - all readers are called alike
    """Find a known maker, a model, and at least three facts of the exposure."""
    tags = read_exif(image)
    make, model = tags.get("Make"), tags.get("Model")
    if isinstance(make, str) and isinstance(model, str) and model.strip():
        known = make.strip().lower().startswith(MAKERS)
        if known and sum(tags.get(name) is not None for name in EXPOSURE) >= 3:
            yield OriginEvidence("capture", "exif:Make")
