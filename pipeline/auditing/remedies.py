"""What to change where an attribute tells the label: settings to paste, computed from the pictures at hand.

One function per pathway in ``REMEDIES``; each gives the keys to change by file and section, or a sentence about what
no setting can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from pipeline.auditing.advice import PATHWAYS, Pathway
from pipeline.auditing.attribute_scores import Folds, tell_by_attribute
from pipeline.runtime.paths import PARAMS
from pipeline.storage.labels import Label

if TYPE_CHECKING:
    from pipeline.config.params import Params
    from pipeline.config.recipe import Recipe


#: A remedy may cost so much of each class, and has to leave so many pictures.
MOST_LOST = 0.5
FEWEST_LEFT = 30

#: JPEG's quality where no file says one; WebP's and AVIF's are not known, and are about as low.
QUALITY = 75
LOWEST_QUALITY = 30

#: From the finest to the coarsest.
SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")

#: A share of pictures that is no accident.
COMMON = 0.1


@dataclass(frozen=True, slots=True)
class Remedy:
    """Settings to change, ``{file: {section: value}}``, where a value of a section is a mapping of its keys.

    ``by_hand`` is what no setting can do, ``expected`` the AUC of the attribute afterwards, where that can be known.
    """

    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    by_hand: str | None = None
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class AlarmCase:
    """One attribute that tells the label, and what a remedy is computed from: ``rows`` with all attributes."""

    attribute: str
    rows: pd.DataFrame
    folds: Folds
    gate: float
    params: Params
    name: str
    recipe: Recipe

    @property
    def file(self) -> str:
        return f"recipes/{self.name}.yaml"

    def tell_of(self, kept: pd.Series) -> float | None:
        """Measure the attribute on some of the rows: its AUC, or None where too few stay or it still tells."""
        for label in Label:
            before, after = ((self.rows["label"] == label) & mask for mask in (True, kept))
            if after.sum() < max(FEWEST_LEFT, MOST_LOST * before.sum()):
                return None
        rows, folds = self.rows[kept], self.folds[kept.to_numpy()]
        tell = tell_by_attribute(rows[self.attribute], rows["label"].to_numpy(np.int8), folds)
        return round(tell.auc, 4) if tell.low <= self.gate else None


def find_remedy(case: AlarmCase) -> Remedy:
    """Find what takes away what the attribute of a case tells."""
    found = [REMEDIES[pathway](case) for pathway in PATHWAYS[case.attribute]]
    return next((remedy for remedy in found if remedy.settings), found[0])


def compress_alike(case: AlarmCase) -> Remedy:
    """Compress all alike, at the lowest quality that is common in either class."""
    rows, now = case.rows, case.params.resize.equalise
    known = rows["jpeg_quality"].astype(float).groupby(rows["label"]).quantile(COMMON).dropna()
    lossy = rows["format"].isin(["WEBP", "AVIF"]).mean() >= COMMON
    quality = int(min([*known, *([QUALITY] if lossy or known.empty else [])]))
    quality = max(LOWEST_QUALITY, quality)
    if now is not None and now.quality <= quality:
        return drop_a_source(case, "collect both classes in the same formats and qualities")
    shares = rows["jpeg_subsampling"].value_counts(normalize=True)
    common = [each for each in SUBSAMPLINGS if shares.get(each, 0) >= COMMON]
    subsampling = SUBSAMPLINGS[-1] if lossy or not common else common[-1]
    equalise = {"quality": quality, "subsampling": subsampling}
    return Remedy({PARAMS: {"resize": {"equalise": equalise}}})


def match_sizes(case: AlarmCase) -> Remedy:
    """Enlarge nothing; or leave out the sizes that only one class has."""
    sides, labels = case.rows[["width", "height"]].min(axis=1), case.rows["label"]
    size = int(sides.groupby(labels).quantile(COMMON).min()) // 8 * 8
    if 16 <= size < case.recipe.size:
        sizes = sorted({*case.params.resize.sizes, size})
        return Remedy({PARAMS: {"resize": {"sizes": sizes}}, case.file: {"size": size}})
    areas = case.rows["width"].astype(np.int64) * case.rows["height"]
    for cut in (0.0, 0.05, 0.1, 0.25):
        least = int(sides.groupby(labels).quantile(cut).max())
        most = int(areas.groupby(labels).quantile(1 - cut).min())
        expected = case.tell_of((sides >= least) & (areas <= most))
        if expected is not None:
            limits = {"min_side": least, "max_pixels": most}
            return Remedy({PARAMS: {"screen": limits}}, expected=expected)
    return drop_a_source(case, "collect both classes in the same sizes (`filters.size` of a keyword)")


def match_colours(case: AlarmCase) -> Remedy:
    """Leave out the source with the odd modes or profiles."""
    odd = case.rows.groupby("label")[case.attribute].agg(lambda values: values.value_counts().index[0])
    named = ", ".join(f"{label.name} {odd[label]}" for label in Label)
    return drop_a_source(case, f"collect both classes in the same modes and with the same profiles (most are {named})")


def drop_a_source(case: AlarmCase, otherwise: str) -> Remedy:
    """Leave out the source without which the attribute tells nothing, and of several the smallest."""
    sizes = case.rows["source"].value_counts()
    for source in sorted(sizes.index, key=lambda name: (sizes[name], name)):
        expected = case.tell_of(case.rows["source"] != source)
        if expected is not None:
            used = set(case.rows["source"]) - {source}
            left = [name for name in case.params.sources if name in used]
            return Remedy({case.file: {"sources": left}}, expected=expected)
    return Remedy(by_hand=otherwise)


REMEDIES: dict[Pathway, Callable[[AlarmCase], Remedy]] = {
    "compression": compress_alike,
    "sampling": match_sizes,
    # All are cut to squares in place of being distorted or framed.
    "shape": lambda _: Remedy({PARAMS: {"resize": {"mode": "centre-crop"}}}),
    "colour": match_colours,
}


def put_together(remedies: Mapping[str, Remedy]) -> dict[str, Any]:
    """Put the settings of all remedies together by file and section, the first one's where two differ."""
    settings: dict[str, dict[str, Any]] = {}
    for remedy in remedies.values():
        for file, sections in remedy.settings.items():
            for section, value in sections.items():
                before = settings.setdefault(file, {}).get(section)
                merged = value | before if isinstance(value, dict) and before else before or value
                settings[file][section] = merged
    by_hand = sorted({remedy.by_hand for remedy in remedies.values() if remedy.by_hand})
    return {"settings": settings, "by_hand": by_hand}


def write_sections(sections: Mapping[str, Any], now: Params) -> Iterator[str]:
    """Spell sections out as lines of YAML that can take the place of those in the file: whole, with what stays."""
    for section, value in sections.items():
        whole = value
        if isinstance(value, dict):
            kept: Mapping[str, Any] = getattr(now, section).model_dump(exclude_unset=True, exclude_none=True)
            whole = {**kept, **value}
        yield yaml.safe_dump({section: whole}, default_flow_style=True, sort_keys=False, width=10**6).strip()[1:-1]
