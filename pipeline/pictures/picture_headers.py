"""JPEG headers, each read once: one program writes the same one before all its pictures of one size.

For a picture of 32x32, Pillow takes longer to read the header than libjpeg to decode all that follows.
"""

import io
from functools import lru_cache
from typing import Any

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

_JPEG = b"\xff\xd8\xff"
#: The marker behind which the picture begins; two bytes for the length of its segment come next.
_SCAN = b"\xff\xda"

#: A longer one holds metadata, or else the pictures behind it are so large that its own time does not count.
MAX_HEADER = 1024

State = dict[str, Any]


class _Known(JpegImageFile):
    """A JPEG that begins as another did, which Pillow has read."""

    def __init__(self, data: bytes, state: State) -> None:
        self._state = state
        super().__init__(io.BytesIO(data))

    def _open(self) -> None:
        vars(self).update(self._state, info=dict(self._state["info"]), tile=list(self._state["tile"]))


def open_known(data: bytes) -> Image.Image | None:
    """Open a JPEG as ``Image.open`` does if all of its header is known; None says nothing of the file."""
    if not data.startswith(_JPEG):
        return None
    scan = data.find(_SCAN, 0, MAX_HEADER)
    state = _read_header(data[: scan + 2 + int.from_bytes(data[scan + 2 : scan + 4])]) if scan >= 0 else None
    return _Known(data, state) if state else None


# One after the other come those of one source, so that few are needed at a time.
@lru_cache(maxsize=256)
def _read_header(header: bytes) -> State | None:
    """Read a header as Pillow does, which looks at no byte of the file behind it.

    None if it is no whole header, or there is metadata in it: such pictures go the usual way, errors included.
    """
    file = io.BytesIO(header)
    try:
        image = Image.open(file, formats=("JPEG",))
    except Exception:
        return None
    if has_metadata(image) or not getattr(image, "tile", ()) or file.tell() != len(header):
        return None
    return {name: value for name, value in vars(image).items() if name != "fp"}


def has_metadata(image: Image.Image) -> bool:
    """Return whether there may be EXIF, XMP, a profile, text or a manifest: a JPEG with JFIF alone has none."""
    return image.format != "JPEG" or any(name != "APP0" for name, _ in getattr(image, "applist", ()))
