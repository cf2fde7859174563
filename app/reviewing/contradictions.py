"""Pictures that count as the same and were found as REAL and as FAKE, two by two."""

import numpy as np
import pandas as pd

from app.reviewing.review_items import Item, Subject, join_screened
from pipeline.config.params import Params
from pipeline.lineage.manifests import Manifests
from pipeline.similarity.neighbour_graph import NeighbourGraph, distances, find_conflicts, find_kinship, stack_hashes


def find_contradictions(manifests: Manifests, params: Params, _: str) -> list[Item]:
    """Find the pictures that have one of the other label within the distance, each beside the nearest such one."""
    folder = manifests.paths.deduplicated
    alike = manifests.read(
        [folder / "groups.parquet", folder / "duplicates.parquet"],
        # Those that went share their group with whoever stayed in their place, if somebody did.
        "members IS NULL OR members > 1",
        columns='source, rank, id, "group", members, hash, turned',
    )
    found = join_screened(manifests, alike)
    if not found:
        return []
    rows = pd.DataFrame([row | {"label": int(subject.label), "pixels": subject.pixels} for row, subject in found])
    mixed = rows.groupby("group")["label"].transform("nunique") > 1
    subjects = [subject for (_, subject), keep in zip(found, mixed, strict=True) if keep]
    return _pair_up(rows[mixed].reset_index(drop=True), subjects, params.deduplicate.max_distance)


def _pair_up(rows: pd.DataFrame, subjects: list[Subject], max_distance: int) -> list[Item]:
    hashes, labels = stack_hashes(rows), rows["label"].to_numpy(np.int8)
    kinship = find_kinship(hashes, max_distance, rows["pixels"])
    conflict = find_conflicts(kinship, labels, np.ones(len(rows), dtype=bool))
    ends = {tuple(sorted((row, _nearest(kinship, labels, row)))) for row in np.flatnonzero(conflict).tolist()}
    # A picture that is told twice, under two ranks, is one to look at.
    pairs = {(subjects[a].id, subjects[b].id, labels[a]): (a, b) for a, b in sorted(ends, reverse=True)}
    return [
        Item((subjects[a], subjects[b]), _tell_distance(int(distances(hashes[[a]], hashes[[b]])[0])))
        for a, b in sorted(pairs.values())
    ]


def _nearest(kinship: NeighbourGraph, labels: np.ndarray[tuple[int], np.dtype[np.int8]], row: int) -> int:
    others = (other for _, node in kinship.near(row) for other in kinship.members[node].tolist())
    return int(next(other for other in others if labels[other] != labels[row]))


def _tell_distance(bits: int) -> str:
    return (
        f"{bits} of 64 bits apart, and found as REAL and as FAKE" if bits else "found as REAL and as FAKE, of one hash"
    )
