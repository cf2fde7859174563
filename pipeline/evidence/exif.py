"""EXIF, as far as it bears on where a picture comes from."""

from typing import Any

from PIL import ExifTags, Image

#: Pillow keeps what each tag points at, and all may point at the same bytes: a larger block could fill the memory.
MAX_EXIF = 256 * 2**10


def read_exif(image: Image.Image) -> dict[str, Any]:
    """Read the tags of a file's EXIF by their names; none where there is none, or it is broken."""
    # Asking a PNG for EXIF that it does not have would decode it.
    block = image.info.get("exif")
    if not isinstance(block, bytes) or len(block) > MAX_EXIF:
        return {}
    try:
        exif = image.getexif()
        tags = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    except Exception:
        # What somebody wrote into a file makes Pillow raise nearly anything; the picture itself may be whole.
        return {}
    return {ExifTags.TAGS[tag]: value for tag, value in tags.items() if tag in ExifTags.TAGS}
