"""What the cards say, gathered from what the stages wrote. Nothing here is measured, and nothing is stated twice."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from collectors.registry import find_collector
from pipeline.cards.card_pictures import SPLITS, CardPictures, summarise
from pipeline.cards.front_matter import describe_dataset, describe_model, to_yaml
from pipeline.config.params import Params
from pipeline.config.recipe import Recipe, sources_of
from pipeline.judgement.detector_judgement import FILE as JUDGEMENT
from pipeline.judgement.detector_judgement import read_judgement
from pipeline.readers.funnel import Funnel, Step, read_funnel
from pipeline.rights.rights import MEANINGS
from pipeline.runtime.errors import StageMissingError
from pipeline.runtime.paths import Paths
from pipeline.storage.labels import Label

Facts = dict[str, Any]


def dataset_facts(paths: Paths, params: Params, name: str, recipe: Recipe, pictures: CardPictures) -> Facts:
    """Gather what the dataset card says."""
    proof = read_facts(paths.split(name) / "proof.json", f"split@{name}")
    audit = read_facts(paths.results(name) / "audit.json", f"audit@{name}")
    funnel = read_funnel(paths, params, name)
    return {
        "front_matter": to_yaml(describe_dataset(name, recipe, pictures, proof)),
        "sources": [_describe(source, params, pictures) for source in sources_of(recipe, params)],
        "days": sorted({day.isoformat() for days in pictures.fetched.values() for day in days}),
        "steps": [_sum(step) for step in funnel.steps],
        "dropped": list(_list_dropped(funnel)),
        "proof": proof,
        "audit": audit,
        "rights": pictures.rights,
        "shared": pictures.shared(),
        "meanings": MEANINGS,
        "evidence": {label.name: summarise(pictures.evidence, label.name) for label in Label},
        "generators": summarise(pictures.generators, Label.FAKE.name),
        "looked_at": _tell_reviews(pictures, funnel),
        "version": pictures.version,
        "files": {part: hash_file(paths.split(name) / f"{part}.parquet", f"split@{name}") for part in SPLITS},
        "params": params,
    }


def model_facts(paths: Paths, name: str, recipe: Recipe) -> Facts:
    """Gather what the model card says."""
    metrics = read_facts(paths.results(name) / "metrics.json", f"evaluate@{name}")
    sections = {section: getattr(recipe, section).model_dump() for section in ("augment", "model", "train")}
    training = paths.results(name) / "training"
    return {
        "front_matter": to_yaml(describe_model(name, metrics)),
        "figures": {key: value for key, value in metrics.items() if isinstance(value, int | float)},
        "metrics": metrics,
        "judgement": read_judgement(paths.results(name) / JUDGEMENT, name),
        "settings": dict(list_settings(sections)),
        "provenance": read_facts(training / "provenance.json", f"train@{name}"),
        "model_sha256": hash_file(paths.results(name) / "model.keras", f"train@{name}"),
    }


def list_settings(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Return single settings by their keys, as a recipe's ``search`` names them: model.layers.0.filters."""
    if isinstance(value, Mapping):
        inner = list(value.items())
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        inner = list(enumerate(value))
    else:
        yield place, value
        return
    for key, each in inner:
        yield from list_settings(each, f"{place}.{key}" if place else str(key))


def read_facts(path: Path, stage: str) -> Facts:
    """Read a JSON file that an earlier stage wrote.

    Raises:
        StageMissingError: it is not there, or damaged.
    """
    try:
        facts: Facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageMissingError(path, stage) from error
    return facts


def hash_file(path: Path, stage: str) -> str:
    """Return the sha256 of a file that an earlier stage wrote.

    Raises:
        StageMissingError: it is not there.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StageMissingError(path, stage) from error


def _describe(name: str, params: Params, pictures: CardPictures) -> Facts:
    source = params.source(name)
    collector = find_collector(source.collector)
    return {
        "name": name,
        "collector": collector,
        "asked": str(getattr(source, collector.asks)),
        "classes": " and ".join(label.name for label in sorted(source.classes())),
        "fetched": " to ".join(day.isoformat() for day in pictures.fetched.get(name, ())) or "nothing is left of it",
    }


def _tell_reviews(pictures: CardPictures, funnel: Funnel) -> str:
    """Describe at how many pictures people looked one by one, and what came of it."""
    dropped = sum(row.dropped.get("reviewed", 0) for step in funnel.steps for row in step.rows)
    if not pictures.looked and not dropped:
        return "nobody has looked at the pictures one by one"
    return (
        f"people looked at {pictures.looked:,} of the pictures one by one: {pictures.relabelled:,} stand under "
        f"another label than their source's, and {dropped:,} others were dropped; nobody has looked at the rest"
    )


def _sum(step: Step) -> Facts:
    sums = {key: sum(getattr(row, key) for row in step.rows) for key in ("taken", "given", "real", "fake")}
    return {"stage": step.stage} | sums


def _list_dropped(funnel: Funnel) -> Iterator[Facts]:
    for step in funnel.steps:
        for row in step.rows:
            for reason, count in sorted(row.dropped.items()):
                yield {"stage": step.stage, "source": row.source, "reason": reason, "pictures": count}
