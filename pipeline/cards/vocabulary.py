"""Croissant's words: the parts that any description of our data is put together from.

(https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html)
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.rights.rights import Rights

Json = dict[str, Any]

PARQUET = "application/x-parquet"

#: The context of the specification, word for word.
CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

#: Croissant's type and the meaning of fields that all record sets have.
IDENTITY = ("sc:Text", "sha256 of the original bytes")
LABEL = ("sc:Integer", "0 REAL, a photograph; 1 FAKE, an AI-generated picture")


def describe_head(name: str, version: str, rights: Iterable[Rights]) -> Json:
    """Write what a description begins with; ``version`` is the sha256 of the ids with their labels and splits."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": f"touchstone_{name}",
        "version": f"1.0.0+{version[:12]}",
        "citeAs": f"Touchstone, data set of the recipe {name}, sha256 {version}",
        "keywords": ["AI-generated image detection", "image classification"],
        "license": sorted({each.url or each.licence or "not stated" for each in rights}),
    }


def file_object(folder: Path, file: Path, name: str, sha256: str) -> Json:
    """Describe a file of Parquet by its place under the folder that the description lies in."""
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": file.name,
        "contentUrl": file.relative_to(folder).as_posix(),
        "contentSize": f"{file.stat().st_size} B",
        "encodingFormat": PARQUET,
        "sha256": sha256,
    }


def file_set(name: str, includes: list[str], description: str) -> Json:
    """Describe files of Parquet that hold rows of one kind."""
    return {
        "@type": "cr:FileSet",
        "@id": name,
        "name": name,
        "description": description,
        "encodingFormat": PARQUET,
        "includes": includes,
    }


def field(name: str, told: tuple[str, str], source: Json) -> Json:
    """Describe a field by its type and meaning."""
    kind, description = told
    about = {"@type": "cr:Field", "@id": name, "name": name, "description": description}
    return about | {"dataType": kind, "source": source}


def column_of(place: Json, column: str) -> Json:
    """Describe that a field is a column of a file or a set of files."""
    return place | {"extract": {"column": column}}
