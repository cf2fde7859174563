"""Gradient-boosted trees that guess the label from features, each picture by trees that never saw its group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.auditing.attribute_scores import FOLDS, AttributeScore, Folds, Labels, measure_tell

#: Values of a category beyond the most frequent ones count as one: scikit-learn takes 255 at most.
MOST_VALUES = 200


def tell_by_features(
    features: NDArray[np.float32], labels: Labels, folds: Folds, categorical: Sequence[bool] | None = None
) -> AttributeScore:
    """Measure how well features, (n, m), together tell the label; NaN stands for what is missing."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    scores = np.zeros(len(labels))
    kinds = np.zeros(features.shape[1], dtype=bool) if categorical is None else np.asarray(categorical, dtype=bool)
    for fold in range(FOLDS):
        held, other = folds == fold, folds != fold
        telling = varying_columns(features[other])
        if not held.any() or not telling.any() or len(np.unique(labels[other])) < 2:
            continue
        seen = features[:, telling]
        trees = HistGradientBoostingClassifier(
            max_iter=40,
            max_leaf_nodes=15,
            # Of a few dozen pictures, leaves of scikit-learn's 20 would divide none.
            min_samples_leaf=int(np.clip(other.sum() // 10, 2, 20)),
            early_stopping=False,
            categorical_features=kinds[telling],
            random_state=0,
        )
        # OpenMP's threads wait in a busy loop: on a machine with other work, two of them took 40 times as long as one.
        with threadpool_limits(limits=1):
            trees.fit(seen[other], labels[other])
            # By how much more than the share of FAKE: that differs between folds, the less a fold has of it the more.
            scores[held] = trees.predict_proba(seen[held])[:, 1] - labels[other].mean()
    return measure_tell(labels, scores)


def varying_columns(features: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark the columns that hold more than one value, NaN being one: of the others, nothing can be learned.

    A column that is missing everywhere, as JPEG's quality is among PNG files, scikit-learn does not even take.
    """
    missing = np.isnan(features)
    known = ~missing
    least = np.where(known, features, np.inf).min(axis=0, initial=np.inf)
    most = np.where(known, features, -np.inf).max(axis=0, initial=-np.inf)
    varying: NDArray[np.bool_] = known.any(axis=0) & (missing.any(axis=0) | (least < most))
    return varying


def tell_by_attributes(attributes: pd.DataFrame, labels: Labels, folds: Folds) -> AttributeScore:
    """Measure how well attributes of files, numbers and categories, together tell the label."""
    numeric = [pd.api.types.is_numeric_dtype(column) for _, column in attributes.items()]
    columns = [
        column.astype(float) if is_number else _number_values(column)
        for (_, column), is_number in zip(attributes.items(), numeric, strict=True)
    ]
    features = np.stack(columns, axis=1).astype(np.float32)
    return tell_by_features(features, labels, folds, [not is_number for is_number in numeric])


def _number_values(column: pd.Series) -> NDArray[np.float64]:
    """Number the most frequent values from 0 on, all others alike; the missing ones are NaN."""
    frequent = column.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    numbers = {value: min(number, MOST_VALUES) for number, value in enumerate(frequent.index)}
    return column.map(numbers).to_numpy(dtype=np.float64)
