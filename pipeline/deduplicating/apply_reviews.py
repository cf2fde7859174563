"""What people said of pictures, brought to the records: the label that counts, who is vouched for, who goes.

No review changes a group, so none moves another picture from one split to another, and none lets a leak through.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.decisions.reviews import Review, Reviews
from pipeline.similarity.neighbour_graph import NeighbourGraph, mark_near
from pipeline.storage.labels import Label

Mask = NDArray[np.bool_]

#: Stands for "nobody said which label".
UNSAID = -1


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Records under the labels that count. A person ``vouched`` for some, others are ``dropped``: each (rows,)."""

    records: pd.DataFrame
    vouched: Mask
    dropped: Mask


def apply_reviews(records: pd.DataFrame, reviews: Reviews, kinship: NeighbourGraph) -> Reviewed:
    """Apply reviews to screened records, numbered 0..n-1.

    The pictures of an official test stay as they are, so that what is measured on it can be compared. What is dropped
    takes along what is within the distance of it, unless somebody vouched for that: else its copy would come up in its
    place. The same pixels under both labels are vouched for as neither.
    """
    found = [reviews.get(name) for name in records["id"]] if reviews else [None] * len(records)
    tested = (records["official_split"] == "test").to_numpy()
    said = np.array([_said(review) for review in found], dtype=np.int8)
    own = records["label"].to_numpy(np.int8)
    label = np.where((said == UNSAID) | tested, own, said)
    vouched = said == label
    vouched &= ~_of_two_labels(records["pixels_id"], label, vouched)
    dropped = np.array([review is not None and review.label is None for review in found], dtype=bool) & ~tested
    dropped |= mark_near(kinship, dropped) & ~vouched & ~tested
    # Nothing made a photograph, and what made a picture that turned out to be generated is not known.
    generator = records["generator"].mask((label != own) & (label == Label.REAL), None)
    return Reviewed(records.assign(label=label, generator=generator), vouched, dropped)


def describe_reviews(records: pd.DataFrame, reviews: Reviews) -> str:
    """Describe how many reviews there are, and how many change nothing, as their picture may not change.

    Args:
        records: as they were screened.
        reviews: all there are.
    """
    free = set(records.loc[records["official_split"] != "test", "id"])
    idle = sum(name not in free for name in reviews)
    without = f", {idle:,} of them of no picture here, or of an official test" if idle else ""
    return f"; {len(reviews):,} reviews{without}" if reviews else ""


def _said(review: Review | None) -> int:
    return UNSAID if review is None or review.label is None else int(review.label)


def _of_two_labels(pixels: pd.Series, label: NDArray[np.int8], vouched: Mask) -> Mask:
    """Mark the rows whose pixels are vouched for under both labels. (rows,)"""
    named = pd.Series(label).where(vouched)
    two: Mask = (named.groupby(pixels.to_numpy()).transform("nunique") > 1).to_numpy()
    return two
