"""What is measured of every picture while it is decoded once, and the manifest that keeps it."""

import hashlib
from functools import lru_cache
from typing import Any

import imagehash
import numpy as np
import pyarrow as pa
from PIL import Image, JpegImagePlugin

from pipeline.hashing.hashes import DEFINITIONS
from pipeline.runtime.array_types import Pixels

#: One row of a screened manifest. ``shard`` and ``row`` point at the original bytes. ``evidence`` is ai, capture or
#: none, as ``evidence_field`` says it; a C2PA manifest has a signature, whose state is one of STATES in
#: pipeline/evidence/verifying.py, and a signer. ``license_in_file`` is the licence that stands in the file itself.
#: ``normalised`` is what was done to make RGB of what was decoded. The file's metadata names the definition of the
#: hashes.
SCREENED_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("label", pa.int8(), nullable=False),
        pa.field("pair", pa.string()),
        pa.field("official_split", pa.string()),
        pa.field("generator", pa.string()),
        pa.field("shard", pa.int32(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("format", pa.string(), nullable=False),
        pa.field("mode", pa.string(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("has_exif", pa.bool_(), nullable=False),
        pa.field("has_icc", pa.bool_(), nullable=False),
        pa.field("has_xmp", pa.bool_(), nullable=False),
        pa.field("jpeg_quality", pa.int8()),
        pa.field("jpeg_tables", pa.string()),
        pa.field("jpeg_subsampling", pa.string()),
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("evidence_field", pa.string()),
        pa.field("evidence_signature", pa.string()),
        pa.field("evidence_signer", pa.string()),
        pa.field("license_in_file", pa.string()),
        pa.field("normalised", pa.list_(pa.string()), nullable=False),
        pa.field("pixels_id", pa.string(), nullable=False),
        *(pa.field(name, pa.uint64(), nullable=False) for name in DEFINITIONS),
        # Of the picture mirrored and turned in the seven other ways, where that is asked for.
        *(pa.field(f"{name}_turned", pa.list_(pa.uint64())) for name in DEFINITIONS),
    ],
    metadata={"hashes": f"imagehash {imagehash.__version__}"},
)

#: The luminance table of the JPEG standard (annex K.1), which the IJG's library scales by quality.
# fmt: off
_LUMINANCE = np.array([
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
])
# fmt: on
_SUBSAMPLING = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}


def _table_sum(quality: int) -> int:
    # jpeg_quality_scaling and jpeg_add_quant_table in the IJG's jcparam.c.
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return int(np.clip((_LUMINANCE * scale + 50) // 100, 1, 255).sum())


_TABLE_SUMS = np.array([_table_sum(quality) for quality in range(1, 101)])


def measure_file(image: Image.Image, data: bytes) -> dict[str, Any]:
    """Measure what the container tells, from an opened picture: format, size in pixels, JPEG tables, metadata."""
    info = image.info
    return {
        "format": image.format or "",
        "mode": image.mode,
        "width": image.width,
        "height": image.height,
        "bytes": len(data),
        "has_exif": "exif" in info,
        "has_icc": bool(info.get("icc_profile")),
        "has_xmp": "xmp" in info or "XML:com.adobe.xmp" in info,
        **_measure_jpeg(image),
    }


def _measure_jpeg(image: Image.Image) -> dict[str, Any]:
    tables: dict[int, list[int]] | None = getattr(image, "quantization", None)
    if not tables:
        return {"jpeg_quality": None, "jpeg_tables": None, "jpeg_subsampling": None}
    quality, name = _read_tables(tuple((key, tuple(tables[key])) for key in sorted(tables)))
    sampling = _SUBSAMPLING.get(JpegImagePlugin.get_sampling(image))
    return {"jpeg_quality": quality, "jpeg_tables": name, "jpeg_subsampling": sampling}


# Most files of a source have the same tables.
@lru_cache(maxsize=1024)
def _read_tables(tables: tuple[tuple[int, tuple[int, ...]], ...]) -> tuple[int, str]:
    """Give the quality that quantisation tables, by their number, stand for, and a name for them."""
    flat = b"".join(bytes([key]) + np.asarray(values, dtype="<u2").tobytes() for key, values in tables)
    return estimate_quality(sum(tables[0][1])), hashlib.sha256(flat).hexdigest()[:16]


def estimate_quality(luminance_sum: int) -> int:
    """Estimate a JPEG's quality, 1 to 100, as the IJG's whose luminance table has the nearest sum.

    >>> estimate_quality(1858)
    75
    """
    return int(np.abs(_TABLE_SUMS - luminance_sum).argmin()) + 1


def digest_pixels(pixels: Pixels) -> str:
    """Name a decoded RGB picture, (height, width, 3), by its size and pixels: sha256, in hex."""
    digest = hashlib.sha256(b"%dx%d:" % (pixels.shape[1], pixels.shape[0]))
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()
