"""How well scores tell the label: ROC-AUC with its interval, each picture being scored by what was seen of others."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from pipeline.evaluation.metrics import Z95
from pipeline.storage.labels import Label

#: Numbers are cut into this many classes of about equal counts.
BINS = 20
FOLDS = 5

#: What a 95% interval leaves on each side.
ALPHA = 0.025

Labels = NDArray[np.int8]
Folds = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AttributeScore:
    """How well something tells the label, as ROC-AUC with its 95% interval: 0.5 not at all, 1.0 wholly."""

    auc: float
    low: float
    high: float

    def row(self) -> dict[str, float]:
        """Return the three figures by name, rounded to four digits."""
        return {"auc": round(self.auc, 4), "low": round(self.low, 4), "high": round(self.high, 4)}


#: What is said where there is nothing to compare: it may tell all or nothing.
UNKNOWN = AttributeScore(0.5, 0.0, 1.0)


def measure_tell(labels: Labels, scores: NDArray[np.float64]) -> AttributeScore:
    """Measure how well scores, (n,), rank FAKE above REAL, with DeLong's interval.

    DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
    characteristic curves", Biometrics 44 (1988); computed from ranks as Sun and Xu do, IEEE SPL 21 (2014). Where few
    are all ranked rightly, that interval has no width at all; it is never narrower here than that of as many tosses
    of a coin as the smaller class has pictures (Clopper and Pearson, Biometrika 26, 1934). Of one class alone nothing
    is known.
    """
    fake, real = scores[labels == Label.FAKE], scores[labels == Label.REAL]
    fewer = min(len(fake), len(real))
    if not fewer:
        return UNKNOWN
    ranks = rankdata(np.concatenate([fake, real]))
    # Of each fake, the share of photographs below it; of each photograph, the share of fakes above it.
    below = (ranks[: len(fake)] - rankdata(fake)) / len(real)
    above = 1 - (ranks[len(fake) :] - rankdata(real)) / len(fake)
    auc = float(below.mean())
    half = Z95 * math.sqrt(_variance_of_mean(below) + _variance_of_mean(above))
    widest = ALPHA ** (1 / fewer)
    return AttributeScore(auc, max(0.0, min(auc - half, widest)), min(1.0, max(auc + half, 1 - widest)))


def _variance_of_mean(values: NDArray[np.float64]) -> float:
    return float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.25


def tell_by_attribute(attribute: pd.Series, labels: Labels, folds: Folds) -> AttributeScore:
    """Measure how well one attribute alone tells the label.

    The score of a row is the share of FAKE among rows of the same class of the attribute in the other folds, so an
    attribute with many values gains nothing from being counted on itself.
    """
    classes = cut_into_classes(attribute)
    if len(np.unique(classes)) < 2:
        # What is the same in all pictures, or missing in all, tells nothing, however few they are.
        return AttributeScore(0.5, 0.5, 0.5)
    scores = np.empty(len(labels))
    for fold in range(FOLDS):
        held, other = folds == fold, folds != fold
        fake = np.bincount(classes[other], weights=labels[other], minlength=classes.max() + 1)
        count = np.bincount(classes[other], minlength=classes.max() + 1)
        # One REAL and one FAKE are added to each class, so that a class not seen elsewhere says nothing.
        scores[held] = ((fake + 1) / (count + 2))[classes[held]]
    return measure_tell(labels, scores)


def cut_into_classes(attribute: pd.Series) -> NDArray[np.int64]:
    """Number the values of an attribute; of numbers, classes of about equal counts; 0 where there is none."""
    if pd.api.types.is_numeric_dtype(attribute) and attribute.nunique() > BINS:
        attribute = pd.qcut(attribute, BINS, duplicates="drop", labels=False)
    codes, _ = pd.factorize(attribute, sort=True, use_na_sentinel=True)
    return codes.astype(np.int64) + 1
