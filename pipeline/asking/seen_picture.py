"""Pictures as a detector sees them, as they are and recompressed, and what comes of asking it about many at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pipeline.asking.picture_judgement import AskedPicture, PictureJudge, PictureJudgement
from pipeline.decoding.unscreened import read_file_facts
from pipeline.evaluation.damages import DAMAGES
from pipeline.judgement.file_facts import FileFacts
from pipeline.judgement.likeness import Features
from pipeline.models.saved_model import Scores
from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.resizing.resize_settings import Resize
from pipeline.resizing.square_pixels import to_pixels
from pipeline.runtime.array_types import Pixels

#: The mildest of the damages that ``evaluate`` tries: no conclusion may hang on it.
MILDEST = "jpeg-90"

#: Who asks waits: larger pictures are made so long before they are damaged. Detectors look at far fewer pixels.
LONGEST = 1024


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """What is kept of a picture until a detector is asked: uint8 (1 or 2, size, size, 3), and the facts of its file.

    The second, where there is one, is the same recompressed.
    """

    pixels: Pixels
    facts: FileFacts


def see(picture: Image.Image, facts: FileFacts, judge: PictureJudge, size: int, resize: Resize) -> SeenPicture:
    """Bring an RGB picture to the size of a detector; recompressed, too, if that may matter to ``judge``."""
    pixels = [to_pixels(picture, size, resize)]
    if judge.wants_recompressed(facts):
        pixels.append(to_pixels(DAMAGES[MILDEST](shorten(picture), 0), size, resize))
    return SeenPicture(np.stack(pixels), facts)


def read_squares(data: bytes, max_pixels: int, size: int, resize: Resize) -> tuple[FileFacts, Pixels]:
    """Read a file as a detector sees it, and recompressed: uint8 (2, size, size, 3).

    Raises:
        PictureError: it cannot or must not be opened.
    """
    image = open_picture(data, max_pixels)
    facts = read_file_facts(image, data)
    picture = to_rgb(image)
    again = to_pixels(DAMAGES[MILDEST](shorten(picture), 0), size, resize)
    return facts, np.stack([to_pixels(picture, size, resize), again])


def choose_seen(facts: FileFacts, squares: Pixels, judge: PictureJudge) -> SeenPicture:
    """Keep the recompressed square if that may matter to ``judge``."""
    return SeenPicture(squares if judge.wants_recompressed(facts) else squares[:1], facts)


def shorten(picture: Image.Image) -> Image.Image:
    """Return a picture whose longer side is at most ``LONGEST``."""
    if max(picture.size) > LONGEST:
        picture = picture.copy()
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return picture


def judge_seen(
    judge: PictureJudge, seen: Sequence[SeenPicture], ask: Callable[[Pixels], tuple[Scores, Features | None]]
) -> list[PictureJudgement]:
    """Judge pictures, one or more, in their order; ``ask`` gives scores and features of uint8 (n, size, size, 3)."""
    scores, features = ask(np.concatenate([each.pixels for each in seen]))
    judgements, place = [], 0
    for each in seen:
        again = float(scores[place + 1]) if len(each.pixels) > 1 else None
        mine = None if features is None else features[place]
        judgements.append(judge.judge(AskedPicture(float(scores[place]), each.facts, mine, again)))
        place += len(each.pixels)
    return judgements
