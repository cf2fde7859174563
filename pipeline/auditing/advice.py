"""What an attribute that tells the label can do to a detector, and how that is said.

A detector sees squares of pixels. An attribute of a file matters where what it stands for has left marks in them: on
the way from the file to the square there are four pathways, and some attributes have none.
"""

from collections.abc import Mapping
from typing import Any, Literal

Pathway = Literal["compression", "sampling", "shape", "colour"]

#: How what an attribute stands for gets into the pixels. Those without a pathway are left behind by decoding.
PATHWAYS: dict[str, tuple[Pathway, ...]] = {
    "format": ("compression",),
    "mode": ("colour",),
    "width": ("sampling",),
    "height": ("sampling",),
    "bytes": ("compression", "sampling"),
    "has_exif": (),
    "has_icc": ("colour",),
    "has_xmp": (),
    "jpeg_quality": ("compression",),
    "jpeg_tables": ("compression",),
    "jpeg_subsampling": ("compression",),
    "aspect": ("shape",),
    "bytes_per_pixel": ("compression",),
    "name_shape": (),
    "name_number": (),
    "host": (),
    "fetched_month": (),
    "source": (),
}

MARKS: dict[Pathway, str] = {
    "compression": "how a file was compressed leaves marks in its pixels",
    "sampling": "what was shrunk or enlarged more than the rest looks smoother or sharper",
    "shape": "what is no square is distorted, or framed, by as much as its shape differs",
    "colour": "colours that were converted differ from those that were not",
}

#: Why an attribute raises no alarm that no pixel depends on.
LEFT_BEHIND = (
    "no pixel depends on it; it says that the classes come from different places, so that figures hold for pictures "
    "from these: `split.holdout` in the recipe asks others"
)

NOT_SEEN = (
    "pictures that were given files like the other class's cannot be told by their pixels (ROC-AUC {auc:.3f}, 95% "
    "{low:.3f} to {high:.3f})"
)
CUT_ALIKE = "`resize.mode: centre-crop` cuts all to one shape before they are resized"

#: So many attributes are named where the alarm is raised; all are in audit.json.
NAMED = 3

Row = Mapping[str, Any]


def explain_alarm(pathways: tuple[Pathway, ...], reach: Row | None, remedy: str) -> str:
    """Describe in one line how an attribute can tell the label through the pixels, and what to do."""
    marks = "; ".join(MARKS[pathway] for pathway in pathways)
    seen = f" (as files of the other class, pictures are told with ROC-AUC {reach['auc']:.3f})" if reach else ""
    return f"{marks}{seen}; {remedy}"


def close_with_remedy(recipe: str, found: Mapping[str, Any]) -> list[str]:
    """Return the lines that a command ends with where the audit of a recipe raised the alarm, else none."""
    if not found.get("alarms"):
        return []
    told = [f"{name} (ROC-AUC {found['attributes'][name]['auc']:.3f})" for name in found["alarms"]]
    more = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
    named = ", ".join(told[:NAMED]) + more
    lines = [f"{recipe} cannot be judged: without a look at the pictures, the label is told by {named}"]
    for file, sections in found["remedy"]["paste"].items():
        lines += [f"in {file}, in place of what is there:", *(f"  {section}" for section in sections)]
    if found["remedy"]["paste"]:
        lines.append("then: dvc repro")
    return lines + [f"by hand: {each}" for each in found["remedy"]["by_hand"]]
