"""What a person said of a picture, and whether the data set as it is built says so, too."""

from collections.abc import Iterable
from dataclasses import asdict

from pipeline.decisions.reviews import Review, Reviews
from pipeline.lineage.manifests import Row
from pipeline.storage.labels import Label

#: Why a picture goes that nobody vouched for: a review that gives it a label prevents these.
SETTLED = ("reviewed", "cross-label", "label-conflict")


def find_review(reviews: Reviews, identity: str | None, reason: str | None, near: Iterable[str]) -> Review | None:
    """Find the review of a picture, or that of the one ``near`` it that took it along when it was dropped."""
    own = reviews.get(identity) if identity else None
    if own:
        return own
    others = (reviews[other] for other in near if other in reviews) if reason == "reviewed" else ()
    return next((review for review in others if review.label is None), None)


def tell_review(review: Review, label: int | None, reason: str | None, tested: bool) -> Row:
    """Put a review beside what the data set says: it is ``honoured``, ``pending`` until the next build, or ``idle``.

    Args:
        review: of the picture, or of one that took it along.
        label: under which the picture stands.
        reason: why it was dropped, None if it stayed.
        tested: the picture is of an official test, which stays as it is.
    """
    wanted = review.label
    if tested:
        effect = "honoured" if wanted == label else "idle"
    elif wanted is None:
        effect = "honoured" if reason == "reviewed" else "pending"
    else:
        effect = "pending" if reason in SETTLED or (reason is None and label != wanted) else "honoured"
    return asdict(review) | {"effect": effect, "label": None if wanted is None else Label(wanted).name}
