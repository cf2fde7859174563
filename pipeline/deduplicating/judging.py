"""Which records go whatever is like them, and which of several that are alike stays."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.deduplicating.apply_reviews import Reviewed
from pipeline.runtime.errors import CrossLabelError
from pipeline.similarity.neighbour_graph import NeighbourGraph, Yields, find_conflicts
from pipeline.storage.labels import Label

#: Stands for "its metadata speaks against its label".
CONTRADICTED = 2


def judge(reviewed: Reviewed, kinship: NeighbourGraph, cross_label: str, believe_files: bool) -> NDArray[np.object_]:
    """Name the reason of every row that goes whatever is like it, "" for the others. (rows,)

    Raises:
        CrossLabelError: a picture carries both labels and ``cross_label`` is ``fail``.
    """
    records, vouched = reviewed.records, reviewed.vouched
    tested = (records["official_split"] == "test").to_numpy()
    contradicted = (_doubt(records) == CONTRADICTED) & ~vouched & believe_files
    conflict = np.zeros(len(records), dtype=bool)
    if cross_label != "report":
        # Where somebody vouched for one of two, the other goes for it.
        open_ones = ~(reviewed.dropped | contradicted | vouched)
        conflict = find_conflicts(kinship, records["label"].to_numpy(np.int8), open_ones)
        _refuse_conflicts(records[conflict], cross_label)
    reasons = [reviewed.dropped, contradicted, conflict & ~tested]
    return np.select(reasons, ["reviewed", "label-conflict", "cross-label"], "").astype(object)


def _refuse_conflicts(conflicting: pd.DataFrame, cross_label: str) -> None:
    if cross_label == "fail" and len(conflicting):
        first = conflicting.iloc[0]
        raise CrossLabelError(
            f"{len(conflicting)} pictures stand under both labels, the first {first['id'][:12]} of {first['source']}; "
            "set `deduplicate.cross_label` to drop or report, review them, or remove a source"
        )


def prefer(reviewed: Reviewed) -> NDArray[np.int64]:
    """Sort the rows by who stays of several that are alike, the first one foremost. (rows,)"""
    records = reviewed.records
    pixels = records["width"].to_numpy(np.int64) * records["height"].to_numpy(np.int64)
    untested = (records["official_split"] != "test").to_numpy()
    # lexsort takes the last key first, and is stable: what is left is the order of sources.
    return np.lexsort((-records["bytes"].to_numpy(np.int64), -pixels, _doubt(records), ~reviewed.vouched, untested))


def prefer_unreviewed(records: pd.DataFrame) -> NDArray[np.int64]:
    """Do as ``prefer``, where nobody has said anything yet."""
    nobody = np.zeros(len(records), dtype=bool)
    return prefer(Reviewed(records, nobody, nobody))


def yielding(reviewed: Reviewed) -> Yields:
    """Return who goes for whom: no picture of an official test; none that is vouched for, for another label."""
    tested = (reviewed.records["official_split"] == "test").to_numpy()
    vouched, own = reviewed.vouched, reviewed.records["label"].to_numpy()
    return lambda row, label: bool(not tested[row] and (not vouched[row] or own[row] == label))


def _doubt(records: pd.DataFrame) -> NDArray[np.int64]:
    """Rank what the metadata says of each picture: 0 for its label, 1 nothing, CONTRADICTED against it."""
    spoken_for = np.where(records["label"] == Label.FAKE, "ai", "capture")
    return np.select([records["evidence"] == "none", records["evidence"] == spoken_for], [1, 0], CONTRADICTED)
