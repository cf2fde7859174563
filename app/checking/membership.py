"""Whether a picture, or one that looks like it, is in the data set, and what has become of it there."""

from dataclasses import dataclass

from pipeline.runtime.array_types import Pixels

from pipeline.lineage.lookup import find_id
from pipeline.lineage.manifests import Manifests
from pipeline.lineage.nearest import Found, find_alike
from pipeline.lineage.passport import write_passport
from pipeline.storage.labels import Label

#: How many records are told of.
MOST = 3


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A record like a picture: found ``by`` its bytes, its pixels, or a perceptual hash so many ``bits`` away.

    ``split`` is where a recipe has it: train, val or test; None where it is in none of them.
    """

    source: str
    id: str
    label: str | None
    split: str | None
    by: str
    bits: int


def find_known(
    manifests: Manifests, identity: str, pixels: Pixels, recipe: str, max_distance: int
) -> tuple[KnownRecord, ...]:
    """Find the records that are a picture, else its near-duplicates up to ``max_distance`` bits, the nearest first.

    ``identity`` is the digest of its bytes, ``pixels`` are uint8 (height, width, 3), as ``to_rgb`` makes them.
    """
    same = find_id(manifests, identity)
    found = [(each.source, each.rank, "bytes", 0) for each in same] or find_alike(manifests, pixels)
    near = [each for each in found if each[3] <= max_distance]
    return tuple(_describe(manifests, recipe, each) for each in near[:MOST])


def _describe(manifests: Manifests, recipe: str, found: Found) -> KnownRecord:
    source, rank, by, bits = found
    passport = write_passport(manifests, source, rank)
    split = next((part.split for part in passport.recipes if part.recipe == recipe), None)
    name = None if passport.label is None else Label(passport.label).name
    return KnownRecord(source, passport.id or "", name, split, by, bits)
