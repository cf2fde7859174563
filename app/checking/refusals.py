"""Why a picture was not looked at, in words for people."""

from pipeline.pictures.picture import PictureError

_WORDS = {
    "undecodable": "This is no picture that can be read. JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC can.",
    "format-not-read": "This format is not read. {detail}.",
    "too-slow": "This picture takes too long to decode ({detail}). Store it again, and try that file.",
    "too-much-memory": "This picture takes too much memory to decode. Make it smaller first.",
    "crash": "The decoder failed over this picture. Store it again, and try that file.",
    "truncated": "This picture's file is cut off. Try to get it again.",
    "too-many-pixels": "This picture has too many pixels to be opened safely. Make it smaller first.",
    "too-large": "This file is too large ({detail}).",
    "empty": "This file is empty.",
    "bad-address": "This is no address that can be asked ({detail}).",
    "refused-address": "This address is not asked: {detail}. Only public ones of the web are.",
    "unknown-host": "There is no such host: {detail}.",
    "robots": "The server's robots.txt forbids programs to fetch this. Save the picture and choose the file.",
    "opted-out": "Its owner wants no machine to use it ({detail}). Save the picture and choose the file.",
    "not-a-picture": "There is no picture at this address, but {detail}. Give the address of the picture itself.",
    "not-found": "There is nothing at this address ({detail}).",
    "forbidden": "The server does not give this to programs ({detail}). Save the picture and choose the file.",
    "timeout": "The server did not answer in time. Try again later, or save the picture and choose the file.",
    "connection": "The server cannot be reached ({detail}).",
}


def explain_refusal(error: PictureError) -> str:
    """Describe in a sentence or two what is wrong with a picture, and what to do.

    >>> explain_refusal(PictureError("empty", ""))
    'This file is empty.'
    """
    return _WORDS.get(error.reason, "{detail}").format(detail=error.detail)
