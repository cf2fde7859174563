"""What Croissant's RAI vocabulary asks of a data set (responsible AI), from the facts of the dataset card.

(https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html)
"""

from collections.abc import Mapping
from typing import Any


def describe_responsibly(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Write the fields, those that hold one statement as text and the others as lists."""
    return {
        "rai:dataCollection": "; ".join(
            f"{source['name']}: {source['collector'].description}, asked for {source['asked']}, {source['classes']}, "
            f"fetched {source['fetched']}"
            for source in facts["sources"]
        ),
        "rai:dataCollectionType": sorted({source["collector"].method for source in facts["sources"]}),
        "rai:dataCollectionTimeFrame": [facts["days"][0], facts["days"][-1]],
        "rai:dataCollectionMissingData": "; ".join(_tell_dropped(row, "collect") for row in _of(facts, "collect"))
        or "nothing that was found is missing",
        "rai:dataCollectionRawData": "the original bytes, unchanged, with where each picture came from",
        "rai:dataPreprocessingProtocol": [
            *(_tell_dropped(row, row["stage"]) for row in facts["dropped"] if row["stage"] != "collect"),
            _tell_resize(facts),
        ],
        "rai:dataAnnotationProtocol": [
            "a label is what its source says: the keyword, folder or table that a picture was found by"
        ],
        "rai:dataUseCases": ["training and testing detectors that tell photographs from AI-generated pictures"],
        "rai:dataBiases": _list_biases(facts),
        "rai:dataLimitations": _list_limits(facts),
        "rai:dataSocialImpact": "what a detector says is no proof, and may harm those whose photographs it calls fake",
        "rai:personalSensitiveInformation": [
            "pictures may show people who can be recognised; nobody was asked",
            "original files keep their EXIF, with places where a camera wrote them",
        ],
        "rai:dataReleaseMaintenancePlan": "rebuilt by `dvc repro`; a picture is taken out by `touchstone forget`, and "
        "stays out; each version is named by the sha256 of its ids, labels and splits",
    }


def _of(facts: Mapping[str, Any], stage: str) -> list[Mapping[str, Any]]:
    return [row for row in facts["dropped"] if row["stage"] == stage]


def _tell_dropped(row: Mapping[str, Any], stage: str) -> str:
    return f"{stage} dropped {row['pictures']} of {row['source']}: {row['reason']}"


def _tell_resize(facts: Mapping[str, Any]) -> str:
    resize = facts["params"].resize
    alike = resize.equalise
    before = f"all compressed as JPEG of quality {alike.quality}, {alike.subsampling}, then " if alike else ""
    return f"{before}resized to squares of {facts['recipe'].size} pixels ({resize.filter}, {resize.mode})"


def _list_biases(facts: Mapping[str, Any]) -> list[str]:
    audit = facts["audit"]
    return [
        *(
            f"{source['name']} holds {source['collector'].caveat}"
            for source in facts["sources"]
            if source["collector"].caveat
        ),
        *(f"{attribute} tells the label: {advice}" for attribute, advice in audit["alarms"].items()),
        *(
            f"{trait} of the pixels alone tells the label with a ROC-AUC of {tell['auc']:.3f}"
            for trait, tell in audit["probes"].items()
            if tell["auc"] > audit["gate"]
        ),
    ]


def _list_limits(facts: Mapping[str, Any]) -> list[str]:
    shared, named = facts["shared"], ", ".join(facts["generators"]) or "none"
    limits = [
        f"generators of the FAKE pictures, as far as they are named: {named}",
        f"{shared['closed']} of {shared['pictures']} pictures may not be passed on: only their address and hash",
        facts["looked_at"],
    ]
    if facts["sandboxed"]:
        names = ", ".join(facts["sandboxed"])
        limits.append(f"pictures of {names} are the sandbox's stand-ins and say nothing of AI images at large")
    return limits
