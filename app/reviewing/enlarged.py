"""A picture as large as a person wants to see it."""

import numpy as np
from PIL import Image

from app.reviewing.review_items import Subject
from pipeline.decoding.decoder import run_bounded
from pipeline.lineage.manifests import Manifests
from pipeline.pictures.picture import open_picture, to_rgb
from pipeline.runtime.array_types import Pixels

#: Its longer side on a page, in pixels.
SIDE = 384

#: Up to this side, pixels are shown as squares: what a smooth enlargement makes of them is not in the picture.
TINY = 96


def show_large(manifests: Manifests, subject: Subject, max_pixels: int) -> Image.Image:
    """Decode a picture of the data set, in a child, as screening may have dropped it, and bring it to ``SIDE``.

    Raises:
        PictureError: it cannot be decoded any more.
        StageMissingError: what was collected is damaged.
    """
    shard = manifests.shards(subject.source)[subject.shard]
    ((_, data),) = manifests.read_pictures(shard, [subject.rank])
    return Image.fromarray(run_bounded(_decode_large, data, max_pixels))


def _decode_large(data: bytes, max_pixels: int) -> Pixels:
    return np.asarray(enlarge(to_rgb(open_picture(data, max_pixels))))


def enlarge(image: Image.Image) -> Image.Image:
    """Bring a picture to ``SIDE``: a tiny one pixel by pixel, a whole number of times.

    >>> enlarge(Image.new("RGB", (32, 16))).size, enlarge(Image.new("RGB", (4000, 2000))).size
    ((384, 192), (384, 192))
    """
    longest = max(image.size)
    if longest <= TINY:
        times = SIDE // longest
        return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    scale = SIDE / longest
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)
