"""One picture: decode it once, measure it, and put it to the checks, in steps that many pictures take together.

What Python and the processor need for a step stays at hand when some pictures take it one after the other: for small
ones that saves a third of the time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Any

from PIL import Image

from pipeline.evidence import AGAINST, read_evidence
from pipeline.pictures.batched_resize import BATCH_BYTES
from pipeline.pictures.picture import PictureError, explain, normalise, open_picture
from pipeline.pictures.picture_headers import has_metadata
from pipeline.runtime.array_types import Pixels
from pipeline.screening.measurements import digest_pixels, measure_file
from pipeline.screening.pixel_sheets import lay_out
from pipeline.screens.screen_registry import SCREENS
from pipeline.screens.screen_settings import Screen
from pipeline.storage.labels import Label

Row = dict[str, Any]


@dataclass(slots=True)
class ScreenedPicture:
    """One row of a shard on its way: ``image`` while it is open, then its pixels.

    These are in RGB, uint8 (height, width, 3), and in grey, uint8 (height, width).
    """

    place: int
    data: bytes
    image: Image.Image = field(init=False)
    measured: Row = field(init=False)
    pixels: Pixels = field(init=False)
    grey: Pixels = field(init=False)

    @property
    def nbytes(self) -> int:
        """What it may take of the memory. Metadata can unpack to hundreds of times its size: that goes alone."""
        return BATCH_BYTES if has_metadata(self.image) else 4 * self.image.width * self.image.height


Step = Callable[[ScreenedPicture, Screen], None]

#: A screen's reason and its function.
Check = tuple[str, Callable[[Any, Screen], str | None]]

_CHECKS = [(screen, resolve_name(screen.check)) for screen in SCREENS if screen.check]
HEADER_CHECKS: list[Check] = [(screen.reason, check) for screen, check in _CHECKS if screen.reads == "header"]
PIXEL_CHECKS: list[Check] = [(screen.reason, check) for screen, check in _CHECKS if screen.reads == "pixels"]


def read_header(picture: ScreenedPicture, settings: Screen) -> None:
    """Open a picture."""
    picture.image = open_picture(picture.data, settings.max_pixels)


def measure(picture: ScreenedPicture, settings: Screen) -> None:
    """Take down what the file tells without being decoded, and check it."""
    image = picture.image
    try:
        measured = measure_file(image, picture.data)
        for reason, check in HEADER_CHECKS:
            if detail := check(image, settings):
                raise PictureError(reason, detail)
        measured |= read_evidence(image, picture.data).row()
    except PictureError:
        raise
    except Exception as error:
        # Pillow reads some headers only when asked for their values, and broken ones fail there.
        raise explain(error) from error
    picture.measured = measured


def decode(picture: ScreenedPicture, settings: Screen) -> None:  # noqa: ARG001 - all steps are called alike
    """Decode a picture to RGB."""
    picture.image, picture.measured["normalised"] = normalise(picture.image)


def take_pixels(pictures: Sequence[ScreenedPicture]) -> None:
    """Take the pixels out of decoded pictures, all together."""
    for picture, (pixels, grey) in zip(pictures, lay_out([each.image for each in pictures]), strict=True):
        picture.pixels, picture.grey = pixels, grey
        del picture.image


def check_decoded(picture: ScreenedPicture, settings: Screen) -> None:
    """Put what was decoded to the checks."""
    for reason, check in PIXEL_CHECKS:
        if detail := check(picture.grey, settings):
            raise PictureError(reason, detail)


def name_pixels(picture: ScreenedPicture, settings: Screen) -> None:  # noqa: ARG001 - all steps are called alike
    """Name the pixels."""
    picture.measured["pixels_id"] = digest_pixels(picture.pixels)
    del picture.pixels


#: In this order, with ``take_pixels`` in between. Each raises a PictureError over a picture that fails, whose reason
#: goes on file.
DECODING: tuple[Step, ...] = (measure, decode)
JUDGING: tuple[Step, ...] = (check_decoded, name_pixels)


def contradicts_label(evidence: str, label: int) -> bool:
    """Return whether the metadata of a picture speaks against its label."""
    return evidence == AGAINST[Label(label)]
