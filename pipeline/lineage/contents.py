"""What the manifests of a stage must have in common with those before it."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from pipeline.lineage.manifests import Manifests

Files = list[Path]


def _deduplicated(manifests: Manifests, _: str) -> tuple[Files, Files]:
    folder = manifests.paths.deduplicated
    passed = [manifests.screened(source)[0] for source in manifests.sources()]
    return [folder / "groups.parquet", folder / "duplicates.parquet"], passed


def _resized(manifests: Manifests, source: str) -> tuple[Files, Files]:
    return [manifests.paths.resized(source) / "index.parquet"], [manifests.paths.keep_list(source)]


def _divided(manifests: Manifests, recipe: str) -> tuple[Files, Files]:
    resized = [manifests.paths.resized(source) / "index.parquet" for source in manifests.sources()]
    return manifests.divided(recipe), resized


def _augmented(manifests: Manifests, recipe: str) -> tuple[Files, Files]:
    return [manifests.paths.augmented(recipe) / "index.parquet"], manifests.divided(recipe)[:1]


def _predicted(manifests: Manifests, recipe: str) -> tuple[Files, Files]:
    paths = manifests.paths
    return [paths.results(recipe) / "predictions.parquet", paths.scores(recipe)], [
        paths.split(recipe) / "test.parquet"
    ]


#: For each stage, the manifests that it wrote, and those in which all of their records must be.
MADE_OF: dict[str, Callable[[Manifests, str], tuple[Files, Files]]] = {
    "screen": lambda manifests, source: (manifests.screened(source), manifests.shards(source)),
    "deduplicate": _deduplicated,
    "resize": _resized,
    "split": _divided,
    "augment": _augmented,
    "evaluate": _predicted,
}

#: The file, and what is wrong with it.
Problem = tuple[str, str]


def check_contents(manifests: Manifests, stage: str) -> Problem | None:
    """Check what one stage wrote; None if all is well, or there is nothing to check.

    Raises:
        StageMissingError: a manifest is damaged.
    """
    kind, _, item = stage.partition("@")
    if kind == "collect":
        return _check_ids(manifests, item)
    return _check_known(manifests, *MADE_OF[kind](manifests, item)) if kind in MADE_OF else None


def _check_ids(manifests: Manifests, source: str) -> Problem | None:
    """Compute every id anew from the picture's bytes, one shard in memory at a time."""
    from pipeline.records.shards import read_shard

    for shard in manifests.shards(source):
        table = read_shard(shard, ["id", "image", "rank"])
        for name, image, rank in zip(*(table[column] for column in ("id", "image", "rank")), strict=True):
            if hashlib.sha256(image["bytes"].as_py()).hexdigest() != name.as_py():
                return str(shard), f"the bytes of #{rank} are not those that its id names, {name}"
    return None


def _check_known(manifests: Manifests, later: list[Path], earlier: list[Path]) -> Problem | None:
    """Check that every record of some manifests is in those that they were made of, with the same id."""
    for stranger in manifests.find_strangers(later, earlier):
        told = f"{stranger['source']} #{stranger['rank']}, id {stranger['id']}, is not in what it was made of"
        return stranger["file"], told
    return None
