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

    scores = np.full(len(labels), 0.5)
    for fold in range(FOLDS):
        held, other = folds == fold, folds != fold
        if not held.any() or len(np.unique(labels[other])) < 2:
            continue
        trees = HistGradientBoostingClassifier(
            max_iter=40, max_leaf_nodes=15, early_stopping=False, categorical_features=categorical, random_state=0
        )
        # OpenMP's threads wait in a busy loop: on a machine with other work, two of them took 40 times as long as one.
        with threadpool_limits(limits=1):
            trees.fit(features[other], labels[other])
            scores[held] = trees.predict_proba(features[held])[:, 1]
    return measure_tell(labels, scores)


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
