"""The front matter of the cards: what Hugging Face's hub reads of them, as YAML.

(https://github.com/huggingface/hub-docs/blob/main/datasetcard.md and modelcard.md)
"""

from collections.abc import Mapping
from typing import Any

import yaml

from pipeline.cards.card_pictures import CardPictures
from pipeline.config.recipe import Recipe
from pipeline.storage.labels import Label

#: Hugging Face's names for the number of pictures, by the number that each stays below.
SIZE_CATEGORIES = {10**3: "n<1K", 10**4: "1K<n<10K", 10**5: "10K<n<100K", 10**6: "100K<n<1M", 10**7: "1M<n<10M"}

#: Licences that the hub knows by the same name as SPDX, lower case; others are "other" there.
HUB_LICENCES = {
    "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0",
    "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0",
    "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "mit", "apache-2.0", "bsd-3-clause", "unlicense", "cdla-permissive-1.0",
    "cdla-permissive-2.0", "cdla-sharing-1.0",
}  # fmt: skip
HUB_NAMES = {"PDDL-1.0": "pddl", "ODC-By-1.0": "odc-by", "ODbL-1.0": "odbl", "GFDL-1.3": "gfdl"}

TAGS = ["ai-generated-image-detection", "touchstone"]

#: The figures of metrics.json that go into the model index, with the hub's names for what they measure.
METRICS = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "mcc": "matthews_correlation",
    "roc_auc": "roc_auc",
    "average_precision": "average_precision",
}


def to_yaml(content: Mapping[str, Any]) -> str:
    """Write front matter, keys in the order given."""
    text: str = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=1000)
    return text


def describe_dataset(name: str, recipe: Recipe, pictures: CardPictures, proof: Mapping[str, Any]) -> dict[str, Any]:
    """Write the front matter of a dataset card."""
    splits = [{"name": split, "num_examples": sum(count.values())} for split, count in proof["counts"].items()]
    features = [
        {"name": "id", "dtype": "string"},
        {"name": "image", "dtype": "image"},
        {"name": "label", "dtype": {"class_label": {"names": {str(each.value): each.name for each in Label}}}},
    ]
    return {
        "pretty_name": f"Touchstone, recipe {name}",
        "license": list_licences(pictures),
        "task_categories": ["image-classification"],
        "size_categories": [categorise(proof["pictures"])],
        "annotations_creators": ["found"],
        "source_datasets": ["original"],
        "tags": [*TAGS, f"{recipe.size}x{recipe.size}"],
        "dataset_info": {"features": features, "splits": splits},
    }


def describe_model(name: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Write the front matter of a model card, with its figures as the hub's model index."""
    found = {key: kind for key, kind in METRICS.items() if key in metrics}
    result = {
        "task": {"type": "image-classification", "name": "Detection of AI-generated images"},
        "dataset": {"type": "touchstone", "name": f"Touchstone, recipe {name}", "split": "test"},
        "metrics": [{"type": kind, "name": key, "value": round(metrics[key], 6)} for key, kind in found.items()],
    }
    return {
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": TAGS,
        "metrics": list(found.values()),
        "model-index": [{"name": name, "results": [result]}],
    }


def categorise(pictures: int) -> str:
    """Name a number of pictures as the hub does.

    >>> categorise(999), categorise(1000)
    ('n<1K', '1K<n<10K')
    """
    return next((word for bound, word in SIZE_CATEGORIES.items() if pictures < bound), "n>10M")


def list_licences(pictures: CardPictures) -> list[str]:
    """List the licences of the pictures by the hub's names; a licence that is not stated is "unknown"."""
    return sorted({_hub_name(each.rights.reason, each.rights.licence) for each in pictures.rights})


def _hub_name(reason: str, licence: str | None) -> str:
    if licence is None or reason == "unknown-licence":
        return "unknown"
    name = HUB_NAMES.get(licence, licence.lower())
    return name if name in HUB_LICENCES or licence in HUB_NAMES else "other"
