"""Why a picture was not looked at, in words for people."""

from pipeline.parts.pictures import PictureError

_WORDS = {
    "undecodable": "This is no picture that can be read. JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF can.",
    "truncated": "This picture's file is cut off. Try to get it again.",
    "too-many-pixels": "This picture has too many pixels to be opened safely. Make it smaller first.",
    "too-large": "This file is too large ({detail}).",
    "empty": "This file is empty.",
}


def explain_refusal(error: PictureError) -> str:
    """Say in a sentence or two what is wrong with a picture, and what to do.

    >>> explain_refusal(PictureError("empty", ""))
    'This file is empty.'
    """
    return _WORDS.get(error.reason, "{detail}").format(detail=error.detail)
