"""What is shown, shared and remembered of one picture before one detector: small, whatever the picture's size."""

import io
from dataclasses import dataclass

from PIL import Image

from app.checking.detector_service import DetectorService, OpenedPicture, PictureCheck
from app.checking.responses import DetectorResponse, PictureResponse, describe_fully
from pipeline.evaluation.grad_cam import UnexplainableError
from pipeline.report.grad_cam_examples import light_up
from pipeline.resizing.resize_settings import Resize
from pipeline.resizing.square_pixels import to_pixels

#: The longer side of a shown picture, in pixels.
SIDE = 560


@dataclass(frozen=True, slots=True)
class PictureFinding:
    """An answer with its pictures, as JPEG.

    ``lit`` shows the places that spoke for what the picture was called; where there is none, ``unlit`` says why.
    """

    answer: DetectorResponse
    picture: PictureResponse
    seen: bytes
    lit: bytes | None
    unlit: str

    @property
    def recipe(self) -> str:
        return self.answer.recipe


def find(detectors: DetectorService, name: str, opened: OpenedPicture, recipe: str) -> PictureFinding:
    """Look at a picture from all sides and keep what is to be told."""
    check = detectors.examine(opened, recipe)
    picture, detector = describe_fully(name, check), check.detector
    answer = DetectorResponse.of(detector.recipe, detector.judge.detector, [picture])
    shown = _shown(opened.picture, detectors.params.resize)
    lit, unlit = _lit(detectors, check, shown)
    return PictureFinding(answer, picture, _as_jpeg(shown), lit, unlit)


def _lit(detectors: DetectorService, check: PictureCheck, shown: Image.Image) -> tuple[bytes | None, str]:
    try:
        heat = detectors.locate(check)
    except UnexplainableError as error:
        return None, f"Where it looked cannot be shown: {error}."
    if not heat.any():
        return None, "No place of the picture speaks for this by itself."
    return _as_jpeg(light_up(shown, heat)), ""


def _shown(picture: Image.Image, resize: Resize) -> Image.Image:
    """Make a picture small, with the same parts of it in sight as the detector has."""
    if resize.mode != "squash":
        return Image.fromarray(to_pixels(picture, SIDE, resize))
    scale = SIDE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    # A tiny picture is shown pixel by pixel: that is all there is.
    return picture.resize((width, height), Image.Resampling.NEAREST if scale > 2 else Image.Resampling.LANCZOS)


def _as_jpeg(picture: Image.Image) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=85)
    return encoded.getvalue()
