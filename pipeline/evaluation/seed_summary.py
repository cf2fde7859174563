"""What several seeds of one recipe come to: the mean and the deviation of each figure, and every score."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.evaluation.metrics import measure, measure_mirrored, measure_without_repeats
from pipeline.evaluation.operating_points import measure_ranking
from pipeline.storage.columns import (
    KEY,
    LABEL,
    OFFICIAL_SPLIT,
    REPEATS_TEST,
    REPEATS_TRAIN,
    SCORE,
    Column,
    TableDefinition,
)

PREDICTIONS = TableDefinition(
    "results/RECIPE/predictions.parquet",
    "a test picture",
    (*KEY, LABEL, SCORE, OFFICIAL_SPLIT, REPEATS_TEST, REPEATS_TRAIN),
)

SCORES = TableDefinition(
    "results/scores/RECIPE.parquet",
    "a test picture and a seed",
    (
        Column("seed", pa.int64(), "seed of the training"),
        Column("kept", pa.bool_(), "whether that seed's model is the recipe's"),
        Column("threshold", pa.float64(), "score from which on that model calls a picture FAKE"),
        *KEY,
        LABEL,
        SCORE,
    ),
)


@dataclass(frozen=True, slots=True)
class Run:
    """The test as one seed's model judges it: rows of ``label``, ``score`` and their key."""

    seed: int
    kept: bool
    threshold: float
    predictions: pd.DataFrame

    def figures(self) -> dict[str, float]:
        """Return all figures of the test that are one number."""
        labels, scores = self.predictions["label"].to_numpy(), self.predictions["score"].to_numpy()
        figures = measure(self.predictions, self.threshold) | measure_ranking(labels, scores)
        return {name: value for name, value in figures.items() if isinstance(value, float)}


def measure_seeds(runs: list[Run]) -> dict[str, Any]:
    """Return each seed's figures, their mean, and their standard deviation (that of a sample: n - 1)."""
    figures = pd.DataFrame({run.seed: run.figures() for run in runs})
    return {
        "kept": next(run.seed for run in runs if run.kept),
        "mean": figures.mean(axis=1).to_dict(),
        "deviation": figures.std(axis=1, ddof=1).to_dict(),
        "each": {str(seed): figures[seed].to_dict() for seed in figures},
    }


def average_accuracy(runs: list[Run]) -> dict[str, float]:
    """Return the mean accuracy over seeds on the test without its repeats, and with mirrored pictures averaged in."""
    parts = [
        measure_without_repeats(run.predictions, run.threshold)
        | {"mirrored": measure_mirrored(run.predictions, run.threshold)}
        for run in runs
    ]
    return {name: sum(part[name]["accuracy"] for part in parts) / len(parts) for name in parts[0]}


def stack_scores(runs: list[Run]) -> pa.Table:
    """Put the scores of all seeds below each other, as ``SCORES.schema`` says."""
    rows = [
        run.predictions.assign(seed=np.int64(run.seed), kept=run.kept, threshold=run.threshold)[SCORES.schema.names]
        for run in runs
    ]
    return pa.Table.from_pandas(pd.concat(rows), SCORES.schema, preserve_index=False)
