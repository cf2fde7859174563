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
from pipeline.storage.columns import (
    GENERATOR,
    ID,
    LABEL,
    OFFICIAL_SPLIT,
    PAIR,
    RANK,
    ROW,
    SHARD,
    SOURCE,
    Column,
    TableDefinition,
)

SCREENED = TableDefinition(
    "datasets/screened/SOURCE/manifest.parquet",
    "a picture that passed the screens",
    (
        SOURCE.must(),
        RANK.must(),
        ID.must(),
        LABEL.must(),
        PAIR,
        OFFICIAL_SPLIT,
        GENERATOR,
        SHARD.must(),
        ROW.must(),
        Column("format", pa.string(), "Pillow's name of the file format", required=True),
        Column("mode", pa.string(), "Pillow's mode before it became RGB", required=True),
        Column("width", pa.int32(), "pixels, as stored", required=True),
        Column("height", pa.int32(), "pixels, as stored", required=True),
        Column("bytes", pa.int64(), "size of the file", required=True),
        Column("has_exif", pa.bool_(), "whether it carries EXIF", required=True),
        Column("has_icc", pa.bool_(), "whether it carries an ICC profile", required=True),
        Column("has_xmp", pa.bool_(), "whether it carries XMP", required=True),
        Column("jpeg_quality", pa.int8(), "quality, 1 to 100, estimated from the luminance table"),
        Column("jpeg_tables", pa.string(), "hash of the quantisation tables"),
        Column("jpeg_subsampling", pa.string(), "chroma subsampling: 4:4:4, 4:2:2, 4:2:0"),
        Column("evidence", pa.string(), "what the file says of its origin: ai, capture or none", required=True),
        Column("evidence_field", pa.string(), "the field that says so"),
        Column("evidence_signature", pa.string(), "state of a C2PA manifest's signature"),
        Column("evidence_signer", pa.string(), "who signed the C2PA manifest"),
        Column("license_in_file", pa.string(), "the licence that stands in the file itself"),
        Column("normalised", pa.list_(pa.string()), "what was done to make RGB of what was decoded", required=True),
        Column("pixels_id", pa.string(), "sha256 of size and RGB pixels, in hex", required=True),
        *(Column(name, pa.uint64(), f"imagehash's {name}", required=True) for name in DEFINITIONS),
        *(
            Column(f"{name}_turned", pa.list_(pa.uint64()), f"{name} of the picture mirrored and turned, if asked for")
            for name in DEFINITIONS
        ),
    ),
    metadata={"hashes": f"imagehash {imagehash.__version__}"},
)

SCREENED_SCHEMA = SCREENED.schema

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
    """Return the quality that quantisation tables, by their number, stand for, and a name for them."""
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
