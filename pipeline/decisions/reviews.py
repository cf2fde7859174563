"""What people said of single pictures: datasets/reviews.json, which is in git and which ``deduplicate`` honours.

A review is about the picture, wherever it was found: that it is REAL, that it is FAKE, or that it is to be dropped.
Kept, or relabelled, follows from the label that its source gives it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from pipeline.runtime.errors import ParamsError
from pipeline.storage.files import write_json
from pipeline.storage.labels import Label

FILE = "datasets/reviews.json"

Decision = Literal["REAL", "FAKE", "drop"]

#: Characters of a reason: what fits on a line or two.
LONGEST = 200

_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Review:
    """What was decided of the picture with an id, why, and on which day.

    Raises:
        ValueError: one of them is not what it must be.
    """

    id: str
    decision: Decision
    why: str
    on: str

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"id {self.id!r} is no sha256 in hex")
        if self.decision not in get_args(Decision):
            raise ValueError(
                f"decision {self.decision!r} of {self.id[:12]} is none of {', '.join(get_args(Decision))}"
            )
        if not (self.why.isprintable() and 0 < len(self.why.strip()) <= LONGEST):
            raise ValueError(f"the reason for {self.id[:12]} must be one line of 1 to {LONGEST} characters")
        date.fromisoformat(self.on)

    @property
    def label(self) -> Label | None:
        """The label that the picture is to have, None if it is to be dropped."""
        return None if self.decision == "drop" else Label[self.decision]


#: Reviews by the id of their picture.
Reviews = Mapping[str, Review]

NO_REVIEWS: Reviews = MappingProxyType({})


def read_reviews(root: Path) -> Reviews:
    """Read a project's reviews; a project without the file has none.

    Raises:
        ParamsError: the file is damaged, or holds two reviews of one picture.
    """
    path = root / FILE
    if not path.exists():
        return NO_REVIEWS
    try:
        found = [Review(**review) for review in json.loads(path.read_text(encoding="utf-8"))["reviews"]]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ParamsError(FILE, "", f"cannot be read ({error}); mend it, or get it from git again") from error
    reviews = {review.id: review for review in found}
    for review in found:
        if reviews[review.id] is not review:
            raise ParamsError(FILE, review.id, "is reviewed twice; take one of the two out")
    return reviews


def write_reviews(root: Path, reviews: Iterable[Review]) -> None:
    """Write a project's reviews in one step, sorted by id, so that diffs stay readable."""
    rows = [asdict(review) for review in sorted(reviews, key=lambda review: review.id)]
    write_json(root / FILE, {"reviews": rows})
