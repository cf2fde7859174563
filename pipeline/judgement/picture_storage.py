"""How the pictures of a detector are stored: what lies outside of it, and what storage alone tells of the label."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.evaluation.breakdown import name_size
from pipeline.evaluation.metrics import wilson
from pipeline.judgement.file_facts import FileFacts
from pipeline.storage.labels import Label

#: The middle of all pictures that spans a range, and the factor by which the range is widened at both ends.
MIDDLE, WIDENED = (0.005, 0.995), 1.1

#: A format of fewer pictures than this share of all is one that the detector hardly knows.
LEAST_SHARE = 0.005

#: PictureStorage explains a score where it leaves the share of one class, by its 95% interval, at this or more.
TELLING = 0.8

#: Qualities are put together by so many.
QUALITIES = 10


@dataclass(frozen=True, slots=True)
class PictureStorage:
    """How training and validation pictures are stored.

    ``ranges`` are the bounds of ``short_side``, ``aspect`` and, with JPEGs, ``jpeg_quality``; ``counts`` tell by
    storage how many are REAL and FAKE. Pictures that are ``equalised`` before they are seen keep of it their size.
    """

    ranges: Mapping[str, tuple[float, float]]
    formats: tuple[str, ...]
    counts: Mapping[str, tuple[int, int]]
    equalised: bool

    @classmethod
    def fit(cls, rows: pd.DataFrame, *, equalised: bool) -> Self:
        """Fit rows of ``label`` and ``STORAGE``."""
        sides = rows[["width", "height"]]
        measured = {
            "short_side": sides.min(axis=1),
            "aspect": sides.max(axis=1) / sides.min(axis=1),
            "jpeg_quality": rows["jpeg_quality"].dropna().astype(float),
        }
        shares = rows["format"].value_counts(normalize=True)
        keys = [_name(file, equalised) for file in _list_files(rows)]
        counts = pd.crosstab(pd.Series(keys), rows["label"].to_numpy()).reindex(columns=list(Label), fill_value=0)
        return cls(
            {name: _range(values) for name, values in measured.items() if len(values)},
            tuple(sorted(shares.index[shares >= LEAST_SHARE])),
            {str(key): (int(row[Label.REAL]), int(row[Label.FAKE])) for key, row in counts.iterrows()},
            equalised,
        )

    def find_odd(self, file: FileFacts) -> str | None:
        """Describe what of a file lies outside of all that the detector was trained on; None if nothing does."""
        low, high = self.ranges["short_side"]
        if not low <= file.short_side <= high:
            return f"it has {file.width}x{file.height} pixels, and theirs have {_span(low, high)} on the shorter side"
        low, high = self.ranges["aspect"]
        if not low <= file.aspect <= high:
            return f"its sides are {file.aspect:.1f} to 1, and theirs are {_span(low, high, 1)} to 1"
        if self.equalised:
            return None
        if file.format not in self.formats:
            return f"it is {file.format}, and they are {' and '.join(self.formats)}"
        low, high = self.ranges.get("jpeg_quality", (0.0, 100.0))
        if file.jpeg_quality is not None and not low <= file.jpeg_quality <= high:
            return f"it is a JPEG of quality {file.jpeg_quality}, and theirs are of {_span(low, high)}"
        return None

    def find_odd_rows(self, rows: pd.DataFrame) -> list[bool]:
        """Return of rows of ``STORAGE`` which lie outside."""
        return [self.find_odd(file) is not None for file in _list_files(rows)]

    def explain(self, file: FileFacts, label: Label) -> str | None:
        """Describe it if how a file is stored would, alone, lead to a label; None if it does not."""
        name = _name(file, self.equalised)
        counts = self.counts.get(name, (0, 0))
        if not sum(counts):
            return None
        totals = np.sum(list(self.counts.values()), axis=0)
        # As if there were as many of one class as of the other.
        weights = np.divide(counts, np.maximum(totals, 1))
        share = float(weights[label] / weights.sum())
        low, _ = wilson(share * sum(counts), sum(counts))
        if low < TELLING:
            return None
        of = f"{counts[label]:,} of the {sum(counts):,} training pictures"
        return f"{of} that are stored alike ({name}) are {label.name}"

    def to_json(self) -> dict[str, Any]:
        """Return all of it for a file."""
        return {
            "ranges": dict(self.ranges),
            "formats": self.formats,
            "counts": dict(self.counts),
            "equalised": self.equalised,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Take what ``to_json`` gave.

        Raises:
            ValueError, TypeError, KeyError: it is something else.
        """
        ranges = {str(name): (float(low), float(high)) for name, (low, high) in content["ranges"].items()}
        ranges["short_side"], ranges["aspect"]  # What every file has is there.
        counts = {str(name): (int(real), int(fake)) for name, (real, fake) in content["counts"].items()}
        return cls(ranges, tuple(map(str, content["formats"])), counts, bool(content["equalised"]))


def _list_files(rows: pd.DataFrame) -> list[FileFacts]:
    qualities = rows["jpeg_quality"]
    known = [None if missing else int(value) for value, missing in zip(qualities, qualities.isna(), strict=True)]
    return [
        FileFacts(str(kind), int(width), int(height), quality)
        for kind, width, height, quality in zip(rows["format"], rows["width"], rows["height"], known, strict=True)
    ]


def _name(file: FileFacts, equalised: bool) -> str:
    size = name_size(file.short_side)
    if equalised:
        return size
    if file.jpeg_quality is None:
        return f"{file.format}, {size}"
    low = file.jpeg_quality // QUALITIES * QUALITIES
    return f"{file.format} of quality {low} to {low + QUALITIES - 1}, {size}"


def _range(values: pd.Series) -> tuple[float, float]:
    low, high = np.quantile(values.to_numpy(np.float64), MIDDLE)
    return round(float(low / WIDENED), 4), round(float(high * WIDENED), 4)


def _span(low: float, high: float, digits: int = 0) -> str:
    """Name the middle range again, without its margins."""
    low, high = low * WIDENED, high / WIDENED
    return (
        f"{low:,.{digits}f} to {high:,.{digits}f}"
        if round(low, digits) != round(high, digits)
        else f"{low:,.{digits}f}"
    )
