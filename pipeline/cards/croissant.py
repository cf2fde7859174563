"""The data set of a recipe as Croissant 1.1 with the RAI fields: which files there are, and which records they hold.

Shards and manifests are described where they lie, so the file has to lie above them, in datasets/. There is a record
set for every source, what was kept of it joined with its original bytes by ``rank``, and one for the recipe, which
says into which split each picture goes; ``id`` is the same in all.
(https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html, croissant-rai-spec.html)
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.cards.card_facts import hash_file
from pipeline.cards.card_pictures import SPLITS
from pipeline.cards.responsible import describe_responsibly
from pipeline.cards.vocabulary import IDENTITY, LABEL, Json, column_of, describe_head, field, file_object, file_set
from pipeline.records.shards import shard_paths
from pipeline.runtime.paths import Paths

#: The fields of a record: its column, Croissant's type, and what it means.
KEPT = {
    "id": IDENTITY,
    "label": LABEL,
    "generator": ("sc:Text", "what made a FAKE picture, where its source says"),
}
COLLECTED = {
    "image_url": ("sc:URL", "its address"),
    "page_url": ("sc:URL", "the page that showed it"),
    "title": ("sc:Text", "its title there"),
    "license": ("sc:Text", "its licence, as its source states it"),
    "fetched_at": ("sc:DateTime", "when it was fetched"),
}
DIVIDED = {
    "id": IDENTITY,
    "source": ("sc:Text", "the source that found it: the record set that holds it"),
    "rank": ("sc:Integer", "its place among what the source found"),
    "label": LABEL,
    "group": ("sc:Text", "pictures that are alike, or real and fake of one thing, and stay in one split"),
}


def describe_files(paths: Paths, name: str, facts: Mapping[str, Any]) -> Json:
    """Write the Croissant of a recipe, with what the dataset card says of it."""
    sources = [source["name"] for source in facts["sources"]]
    shared = facts["shared"]
    head = describe_head(name, facts["version"], [each.rights for each in facts["rights"]])
    return {
        **head,
        "description": f"{facts['recipe'].description} {shared['pictures']} pictures, REAL (0) and FAKE (1).",
        **describe_responsibly(facts),
        "distribution": [
            *(each for source in sources for each in _distribute_source(paths, source)),
            *_distribute_splits(paths, name),
        ],
        "recordSet": [*(_record_source(source) for source in sources), _record_splits(name)],
    }


def _file_object(paths: Paths, file: Path, name: str, stage: str) -> Json:
    return file_object(paths.datasets, file, name, hash_file(file, stage))


def _distribute_source(paths: Paths, source: str) -> list[Json]:
    stage = f"collect@{source}"
    shards = shard_paths(paths.collected(source))
    return [
        *(_file_object(paths, shard, f"{source}/{shard.name}", stage) for shard in shards),
        _file_object(paths, paths.keep_list(source), f"{source}/kept", "deduplicate"),
        file_set(f"{source}/shards", [f"collected/{source}/shard-*.parquet"], "original bytes, with their origin"),
    ]


def _distribute_splits(paths: Paths, name: str) -> list[Json]:
    own, stage = splits_of(name), f"split@{name}"
    files = [paths.split(name) / f"{part}.parquet" for part in SPLITS]
    objects = [_file_object(paths, file, f"{own}/{file.name}", stage) for file in files]
    return [*objects, file_set(f"{own}/files", [each["contentUrl"] for each in objects], "one manifest per split")]


def _record_source(source: str) -> Json:
    kept = {"fileObject": {"@id": f"{source}/kept"}}
    shards = {"fileSet": {"@id": f"{source}/shards"}}
    rank = field(f"{source}/rank", ("sc:Integer", "its place among what the source found"), column_of(kept, "rank"))
    image = column_of(shards, "image") | {"transform": {"jsonPath": "bytes"}}
    return {
        "@type": "cr:RecordSet",
        "@id": source,
        "name": source,
        "description": f"What was kept of the source {source}.",
        # Not the id: two records may hold the same bytes, in an official test for one.
        "key": {"@id": f"{source}/rank"},
        "field": [
            rank | {"references": column_of(shards, "rank")},
            *(field(f"{source}/{column}", told, column_of(kept, column)) for column, told in KEPT.items()),
            field(f"{source}/image", ("sc:ImageObject", "the original picture"), image),
            *(field(f"{source}/{column}", told, column_of(shards, column)) for column, told in COLLECTED.items()),
        ],
    }


def splits_of(name: str) -> str:
    """Name the record set of a recipe; no source can have that name, as none may have a hyphen."""
    return f"{name}-splits"


def _record_splits(name: str) -> Json:
    own = splits_of(name)
    files = {"fileSet": {"@id": f"{own}/files"}}
    split = files | {
        "extract": {"fileProperty": "filename"},
        "transform": {"regex": r"^(train|val|test)\.parquet$"},
    }
    return {
        "@type": "cr:RecordSet",
        "@id": own,
        "name": own,
        "description": "Which picture goes into which split. The pictures are in the record sets of their sources.",
        "key": [{"@id": f"{own}/source"}, {"@id": f"{own}/rank"}],
        "field": [
            *(field(f"{own}/{column}", told, column_of(files, column)) for column, told in DIVIDED.items()),
            field(f"{own}/split", ("sc:Text", "train, val or test"), split),
        ],
    }
