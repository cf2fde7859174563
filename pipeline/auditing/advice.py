"""What to do about an attribute that tells the label."""

_COMPRESSION = "compress all alike: set `resize.equalise` in params.yaml, at the lowest quality that is common"
_SIZE = "match the sizes: ask the sources for the same ones (`filters.size`, `screen.min_side`), or drop a source"
_METADATA = "harmless to the model, which sees pixels only, but it shows that the classes come from different hands"
_ORIGIN = "harmless to the model; add sources that have both classes, or hold one out (`split.holdout`)"

ADVICE = {
    "format": _COMPRESSION,
    "mode": "drop the source with the odd mode, or accept it: all pictures become RGB",
    "jpeg_quality": _COMPRESSION,
    "jpeg_tables": _COMPRESSION,
    "jpeg_subsampling": _COMPRESSION,
    "bytes": _SIZE,
    "width": _SIZE,
    "height": _SIZE,
    "aspect": "cut in place of squashing: set `resize.mode: centre-crop`, or drop a source",
    "bytes_per_pixel": _COMPRESSION,
    "has_exif": _METADATA,
    "has_icc": _METADATA,
    "has_xmp": _METADATA,
    "name_shape": _ORIGIN,
    "name_number": _ORIGIN,
    "host": _ORIGIN,
    "fetched_month": _ORIGIN,
    "source": _ORIGIN,
}
