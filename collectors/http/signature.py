"""What a file is, by its first bytes: names and headers lie, and an error page named .jpg is common."""

#: Where the signature starts, its bytes, and the type. https://mimesniff.spec.whatwg.org, TIFF 6.0, AVIF 1.1.
SIGNATURES = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypavis", "image/avif"),
)

#: So many bytes are enough to tell.
LONGEST = max(start + len(signature) for start, signature, _ in SIGNATURES)

#: Names that pictures have where there are no headers: in archives and folders.
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})


def picture_type(data: bytes | bytearray) -> str | None:
    """Tell the type of a picture that screening may be able to open, or None for anything else.

    >>> picture_type(bytes.fromhex("ffd8ffe000104a464946"))
    'image/jpeg'
    >>> picture_type(b"<!doctype html>")
    """
    for start, signature, kind in SIGNATURES:
        if data.startswith(signature, start):
            return kind
    return None
