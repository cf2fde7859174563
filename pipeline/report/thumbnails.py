"""Small pictures that live inside the page, as data URIs."""

import base64
import io

from PIL import Image

from pipeline.pictures.picture import PictureError, open_picture, to_rgb


def make_thumbnail(data: bytes, side: int, max_pixels: int) -> str | None:
    """Decode an original and make it a JPEG data URI of at most ``side`` pixels; None where it cannot be decoded.

    It is encoded anew, so no byte of the original, which may be hostile, reaches the page.
    """
    try:
        picture = to_rgb(open_picture(data, max_pixels))
    except PictureError:
        return None
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    # Without its info, Pillow writes no EXIF, no comment and no profile along.
    picture.info.clear()
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(encoded.getvalue()).decode()
