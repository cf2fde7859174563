"""The formats of pictures, one row each: how a file begins, what it is called, and how to convert what is not read.

What a file is, its first bytes say: names lie, and an error page named .jpg is common.
"""

from dataclasses import dataclass

#: So many bytes are enough to tell.
LONGEST = 64

#: Sizes of the header behind the one of a BMP: two letters alone may begin any text.
_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


@dataclass(frozen=True, slots=True)
class Format:
    """A format, by the name that Pillow has for it if we read it.

    ``suffixes``: the first is the one that we give, the others are met, too. ``signatures``: its first bytes, each
    with the place where they stand; one of them is enough. ``brands``: those of ISO base media files, of which
    ``ftyp`` names one or several. ``convert``: how to make of it what is read.
    """

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    signatures: tuple[tuple[int, bytes], ...] = ()
    brands: frozenset[bytes] = frozenset()
    convert: str | None = None

    def begins(self, data: bytes | bytearray) -> bool:
        """Return whether these are the first bytes of such a file."""
        return any(data.startswith(signature, place) for place, signature in self.signatures)


_TO_PNG = "convert it to PNG, as with `magick FILE FILE.png`"
_RAW = "develop it to JPEG or TIFF, as with `darktable-cli FILE FILE.jpg`"

#: What is read. https://mimesniff.spec.whatwg.org, TIFF 6.0, AVIF 1.1, ISO/IEC 23008-12 (HEIF). Pillow knows more, but
#: its rare readers are code that nobody attacks but attackers.
READ = (
    Format("JPEG", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg"), ((0, b"\xff\xd8\xff"),)),
    Format("PNG", "image/png", (".png", ".apng"), ((0, b"\x89PNG\r\n\x1a\n"),)),
    Format("WEBP", "image/webp", (".webp",), ((8, b"WEBP"),)),
    Format("GIF", "image/gif", (".gif",), ((0, b"GIF87a"), (0, b"GIF89a"))),
    Format("BMP", "image/bmp", (".bmp", ".dib")),
    Format("TIFF", "image/tiff", (".tif", ".tiff"), ((0, b"II*\0"), (0, b"MM\0*"), (0, b"II+\0"), (0, b"MM\0+"))),
    Format("AVIF", "image/avif", (".avif",), brands=frozenset({b"avif", b"avis"})),
    Format(
        "HEIF",
        "image/heic",
        (".heic", ".heif", ".hif"),
        brands=frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"}),
    ),
)

#: What is a picture and not read. The one plugin that there is for JPEG XL is under the GPL.
UNREAD = (
    Format(
        "JPEG XL", "image/jxl", (".jxl",), ((0, b"\xff\x0a"), (4, b"JXL \r\n\x87\n")),
        convert="convert it with `djxl FILE FILE.png`",
    ),
    Format("JPEG 2000", "image/jp2", (".jp2",), ((4, b"jP  \r\n\x87\n"), (0, b"\xff\x4f\xff\x51")), convert=_TO_PNG),
    Format("JPEG XR", "image/jxr", (".jxr",), ((0, b"II\xbc\x01"),), convert=_TO_PNG),
    Format("Photoshop", "image/vnd.adobe.photoshop", (".psd",), ((0, b"8BPS\0"),), convert=_TO_PNG),
    Format("OpenEXR", "image/x-exr", (".exr",), ((0, b"\x76\x2f\x31\x01"),), convert=_TO_PNG),
    Format("Radiance", "image/vnd.radiance", (".hdr",), ((0, b"#?RADIANCE\n"),), convert=_TO_PNG),
    Format("QOI", "image/qoi", (".qoi",), ((0, b"qoif"),), convert=_TO_PNG),
    Format("DDS", "image/vnd.ms-dds", (".dds",), ((0, b"DDS \x7c\0\0\0"),), convert=_TO_PNG),
    Format("icon", "image/vnd.microsoft.icon", (".ico",), ((0, b"\0\0\1\0"),), convert=_TO_PNG),
    Format(
        "Netpbm", "image/x-portable-anymap", (".pnm",),
        tuple((0, b"P%d\n" % kind) for kind in range(1, 8)), convert=_TO_PNG,
    ),
    Format(
        "camera raw", "image/x-raw", (".raw",),
        ((0, b"FUJIFILMCCD-RAW"), (0, b"IIRO"), (0, b"IIRS"), (0, b"MMOR"), (0, b"IIU\0"), (0, b"FOVb"),
         (0, b"\0MRM"), (8, b"CR\2\0")),
        brands=frozenset({b"crx "}), convert=_RAW,
    ),
)  # fmt: skip

#: A raw file that is a TIFF by its first bytes, and by its tags alone is none: it begins with a small preview.
RAW = UNREAD[-1]


def find_format(data: bytes | bytearray) -> Format | None:
    """Return the format of a picture by its first bytes; None for anything else.

    >>> find_format(bytes.fromhex("ffd8ffe000104a464946")).name
    'JPEG'
    >>> find_format(b"<!doctype html>")
    """
    brands = _read_brands(data)
    for each in (*UNREAD, *READ):
        # The codecs stand before what merely holds one: many an AVIF says mif1 first.
        if each.begins(data) or brands & each.brands:
            return each
    return _BMP if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS else None


def _read_brands(data: bytes | bytearray) -> set[bytes]:
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), LONGEST)
    return {bytes(data[8:12]), *(bytes(data[place : place + 4]) for place in range(16, end, 4))}


_BMP = next(each for each in READ if each.name == "BMP")
